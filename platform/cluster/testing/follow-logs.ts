import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'

const LOOK_MS = 50
const CHUNK_BYTES = 65_536

/** Hands on every line that the processes of a bank log from now on; what is no JSON (what they say at their start) is left out. */
export function followLogs(logFiles: readonly string[], log: { write(line: string): void }): { end(): Promise<void> } {
  const files = logFiles.map((file) => ({ file, at: existsSync(file) ? statSync(file).size : 0, rest: '' }))
  const look = (): void => {
    for (const one of files) readOn(one, log)
  }
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return {
    end: async () => {
      clearInterval(timer)
      look()
    },
  }
}

interface Followed {
  readonly file: string
  at: number
  rest: string
}

function readOn(one: Followed, log: { write(line: string): void }): void {
  if (!existsSync(one.file)) return
  const handle = openSync(one.file, 'r')
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let count = -1; count !== 0; ) {
      count = readSync(handle, chunk, 0, CHUNK_BYTES, one.at)
      one.at += count
      // Bytes, not characters: a character may lie across two chunks.
      one.rest += chunk.toString('latin1', 0, count)
    }
  } finally {
    closeSync(handle)
  }
  const lines = one.rest.split('\n')
  one.rest = lines.pop() ?? ''
  for (const line of lines) if (line.startsWith('{')) log.write(`${Buffer.from(line, 'latin1').toString()}\n`)
}
