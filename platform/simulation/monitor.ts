import type { Sql } from '#libs/sql/database.ts'
import { machineSleep } from './seeded-process.ts'

/** What the simulator sees of the server beside the instances, on connections of its own. */
export interface Monitor {
  /** Whom each of these server processes waits for; those that wait for nobody are left out. */
  waits(pids: readonly number[]): Promise<Map<number, readonly number[]>>
  /** Cancels what a server process does. */
  cancel(pid: number): Promise<void>
  /** Ends server processes and waits until they, and with them their locks, are gone. */
  end(pids: readonly number[]): Promise<void>
  /** Stops a server process that waits for a lock, so that not all that a commit releases run at once. */
  hold(pid: number): void
  /** Lets a stopped one go on; nothing where it is not. */
  letGo(pid: number): void
  /** Waits until server processes whose connection was closed are gone. */
  gone(pids: readonly number[]): Promise<void>
}

const LOOK_MS = 1
const LOOKS_AT_MOST = 20_000

/** Watches the server through a superuser's pool. */
export function watchServer(sql: Sql): Monitor {
  const gone = async (pids: readonly number[]): Promise<void> => {
    for (let look = 0; look < LOOKS_AT_MOST; look++) {
      const [left] = await sql`select 1 from pg_stat_activity where pid = any(${pids as number[]}::int[])`
      if (left === undefined) return
      await machineSleep(LOOK_MS)
    }
    throw new Error(`server processes ${pids.join(', ')} do not end`)
  }
  return {
    gone,
    hold: (pid) => signal(pid, 'SIGSTOP'),
    letGo: (pid) => {
      if (held.has(pid)) signal(pid, 'SIGCONT')
    },
    async waits(pids) {
      const rows = await sql<{ pid: number; holders: number[] }[]>`
        select pid, pg_blocking_pids(pid) as holders from unnest(${pids as number[]}::int[]) as waiting (pid)`
      return new Map(rows.filter(({ holders }) => holders.length > 0).map(({ pid, holders }) => [pid, holders]))
    },
    async cancel(pid) {
      await sql`select pg_cancel_backend(${pid}::int)`
      signal(pid, 'SIGCONT')
    },
    async end(pids) {
      for (const pid of pids) signal(pid, 'SIGCONT')
      await sql`select pg_terminate_backend(pid) from unnest(${pids as number[]}::int[]) as ending (pid)`
      await gone(pids)
    },
  }
}

const held = new Set<number>()
// Whoever is stopped would stay so, and the server could not be stopped either.
process.on('exit', () => {
  for (const pid of held) signal(pid, 'SIGCONT')
})

/**
 * Of several statements that one commit releases, the machine decides which goes on first; only by stopping the others' server processes the
 * seed does. A server that is not ours to signal leaves that to the machine, and two runs of a seed may then differ: their hashes show it.
 */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  if (name === 'SIGSTOP') held.add(pid)
  else held.delete(pid)
  try {
    process.kill(pid, name)
  } catch {
    // Gone already, or not ours.
  }
}
