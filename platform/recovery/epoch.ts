import { openPool, type Sql, type Target } from '#libs/sql/database.ts'

/** Epochs are counted in seconds since then; as an `int` they last until 2088. */
const COUNTED_SINCE_MS = Date.UTC(2020, 0, 1)

/**
 * The epoch that begins now: one that nobody has seen, higher than `highest` too. One more than a back-up's own would be the same again when it is
 * restored twice, and whoever had followed the first time would take the second's events for those that he has handled.
 */
export function epochAfter(highest: number, now = new Date()): number {
  return Math.max(highest + 1, Math.floor((now.getTime() - COUNTED_SINCE_MS) / 1_000))
}

/**
 * Begins a new epoch in every database of a server that holds a service of the bank, so that whoever follows their events knows that some of them may
 * never have been. Notes the restore, which makes the bank unready. Returns the epoch.
 */
export async function beginEpoch(to: (database: string) => Target, restored_to: string): Promise<number> {
  const names = await within(to('postgres'), async (sql) =>
    (await sql`select datname from pg_database where not datistemplate and datallowconn order by 1`).map(
      (row) => row.datname as string,
    ),
  )
  const epochs = new Map<string, number>()
  for (const name of names) {
    const epoch = await within(to(name), epochOf)
    if (epoch !== undefined) epochs.set(name, epoch)
  }
  const next = epochAfter(Math.max(0, ...epochs.values()))
  for (const name of epochs.keys()) await within(to(name), (sql) => raiseEpoch(sql, next, restored_to))
  return next
}

/** The epoch of a service's database; undefined for any other database. */
export async function epochOf(sql: Sql): Promise<number | undefined> {
  const [known] = await sql<{ is_ours: boolean }[]>`
    select to_regclass('outbox_state') is not null and to_regclass('restores') is not null as is_ours`
  if (known?.is_ours !== true) return undefined
  const [row] = await sql<{ epoch: number }[]>`select epoch from outbox_state`
  return row?.epoch
}

/** Sets a database's epoch, which never falls, and notes why. */
export async function raiseEpoch(sql: Sql, epoch: number, restored_to: string): Promise<void> {
  await sql.begin(async (tx) => {
    // There may be no replica yet that a commit could wait for; whoever loses this server too begins another epoch.
    await tx`set local synchronous_commit = local`
    await tx`update outbox_state set epoch = ${epoch} where epoch < ${epoch}`
    await tx`insert into restores (epoch, restored_to, restored_at) values (${epoch}, ${restored_to}, ${new Date()})
      on conflict (epoch) do update set reconciled_at = null`
  })
}

async function within<T>(target: Target, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPool(target, { name: 'bankflow-restore', max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
