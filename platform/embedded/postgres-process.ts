import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { EmbeddedServerError } from './embedded-server-error.ts'
import { explain, lastFatalLine, startLog } from './log-folder.ts'
import type { Place } from './place.ts'

/** A `postgres` that we started. */
export interface PostgresProcess {
  readonly pid: number
  isAlive(): boolean
  /** Settles when it has gone, with the reason in one line. */
  readonly gone: Promise<string>
}

/** How PostgreSQL's programs are run: as the server's user, in a folder it can enter, and with nothing of our environment but this. */
export function childOptions(place: Place): { cwd: string; uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const kept = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LD_LIBRARY_PATH']
  const env = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return { cwd: place.folder, env: { ...env, LC_ALL: 'C' }, ...place.user }
}

/** Starts `postgres` in a process group of its own: a Ctrl-C in the terminal is for us, who stop it last. */
export function spawnPostgres(place: Place, binaries: Binaries, args: string[]): PostgresProcess {
  const since = Date.now()
  // A file, not a pipe: the server lives on when we are killed, and must not die of a closed pipe.
  const output = openSync(startLog(place), 'w', 0o600)
  try {
    const child = spawn(binaries.postgres, args, {
      ...childOptions(place),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
    })
    const gone = untilGone(child, () => lastFatalLine(place, since))
    if (child.pid === undefined) return { pid: 0, isAlive: () => false, gone }
    return { pid: child.pid, isAlive: () => child.exitCode === null && child.signalCode === null, gone }
  } finally {
    closeSync(output)
  }
}

function untilGone(child: ChildProcess, lastWords: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(explain(error.message)))
    child.once('exit', (code, signal) =>
      resolve(signal === null ? lastWords() || `exit code ${code}` : `killed by ${signal}`),
    )
  })
}

/** Signals a `postgres`; where the system has no signals, by PostgreSQL's own tool. False when it has gone. */
export function signalPostgres(pid: number, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL', binaries: Binaries): boolean {
  try {
    if (process.platform === 'win32' && signal !== 'SIGKILL')
      execFileSync(binaries.pgCtl, ['kill', signal.slice(3), String(pid)])
    else process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/** First cleanly, closing connections (fast shutdown); then at once, to recover at the next start; then by force. Bounds in ms. */
const STEPS = [
  { signal: 'SIGINT', within: 30_000 },
  { signal: 'SIGQUIT', within: 10_000 },
  { signal: 'SIGKILL', within: 10_000 },
] as const

/** Stops a `postgres` and waits until it has gone, more firmly as time passes. */
export async function stopPostgres(options: {
  pid: number
  binaries: Binaries
  isAlive: () => boolean
  log: (line: string) => void
}): Promise<void> {
  for (const { signal, within } of STEPS) {
    if (signal !== 'SIGINT') options.log(`PostgreSQL (process ${options.pid}) does not stop: sending ${signal}`)
    if (!signalPostgres(options.pid, signal, options.binaries)) return
    for (const until = Date.now() + within; Date.now() < until; ) {
      if (!options.isAlive()) return
      await sleep(20)
    }
  }
  throw new EmbeddedServerError(`PostgreSQL (process ${options.pid}) cannot be stopped: stop it by hand`)
}
