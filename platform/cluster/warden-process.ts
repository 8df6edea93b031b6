import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Stays behind when its parent ends, however that was: standard input closes, and every process whose pid file is left in the folder is asked
 * to end, then killed; then the home goes. Run with the home as its argument.
 */
const home = process.argv[2] as string
const PATIENCE_MS = 5_000

// Its parent's group gets the Ctrl-C of a terminal; what is told to stop by its parent leaves no pid file behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.stdin.resume()
process.stdin.once('end', () => void clear())
process.stdin.once('error', () => void clear())

async function clear(): Promise<void> {
  for (const pid of left()) signal(pid, 'SIGTERM')
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until && left().some((pid) => signal(pid, 0)); )
    await sleep(50)
  for (const pid of left()) signal(pid, 'SIGKILL')
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  process.exit(0)
}

function left(): number[] {
  try {
    const folder = join(home, 'pids')
    return readdirSync(folder)
      .map((file) => Number(readFileSync(join(folder, file), 'utf8')))
      .filter((pid) => Number.isInteger(pid) && pid > 1)
  } catch {
    return []
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}
