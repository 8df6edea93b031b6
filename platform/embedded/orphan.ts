import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { systemCodeOf } from './embedded-server-error.ts'
import type { Place } from './place.ts'
import { stopPostgres } from './postgres-process.ts'

/**
 * Stops the server that an earlier, killed platform left running on this data, and clears the pid file of one that is dead. Only for
 * the holder of the home's lock. Stopped, not adopted: the new one is our child (its death is told to us at once) and has today's
 * settings, and a clean stop costs less than a second.
 */
export async function stopOrphan(place: Place, binaries: Binaries, log: (line: string) => void): Promise<void> {
  const file = join(place.data, 'postmaster.pid')
  const pid = readPid(file)
  if (pid !== undefined && isServerOf(place.data, pid)) {
    log(`stopping the PostgreSQL (process ${pid}) that an earlier run left behind`)
    await stopPostgres({ pid, binaries, isAlive: () => isServerOf(place.data, pid), log })
  }
  await stopBackends(place.data)
  // PostgreSQL would refuse to start while any process, also a stranger that got the number since, answers to this pid.
  rmSync(file, { force: true })
}

/**
 * Ends the sessions that outlive a killed server: busy with a statement they would notice only at its end, and until then the data
 * cannot be opened again (their shared memory forbids it). Where processes cannot be listed the caller's next tries wait for them.
 */
async function stopBackends(data: string): Promise<void> {
  if (process.platform !== 'linux') return
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const until = Date.now() + BACKENDS_WITHIN; Date.now() < until; await sleep(20)) {
      const left = readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 1 && isServerOf(data, pid))
      if (left.length === 0) return
      for (const pid of left) signalQuietly(pid, signal)
    }
  }
}

/** How long backends get to end at each signal, in ms. */
const BACKENDS_WITHIN = 5_000

function signalQuietly(pid: number, signal: 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has gone by itself.
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether process `pid` is alive, a postgres, and runs on this data folder (its working folder). A zombie is not. */
export function isServerOf(data: string, pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      const program = basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '')
      return program === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data)
    } catch {
      // Gone, a zombie, or of another user: then it is not ours, for the server runs as the owner of its data.
      return false
    }
  }
  try {
    process.kill(pid, 0)
    if (process.platform === 'win32') return true
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes('postgres') && command.includes(data)
  } catch {
    return false
  }
}
