import type { Database } from '#libs/sql/database.ts'

const SEQUENCE_AT_ONCE = 2_000

/**
 * Gives committed events without a position the next ones, in the order of their ids. One transaction at a time per producer (a lock held to
 * its commit), so a reader that has seen position N never misses one below N. Returns how many got one.
 */
export function sequenceOnce(database: Database): Promise<number> {
  return database.transact(async (tx) => {
    const [state] = await tx<{ epoch: number; position: bigint }[]>`select epoch, position from outbox_state for update`
    if (state === undefined) throw new Error('outbox_state is empty')
    const pending = await tx<
      { id: string }[]
    >`select id from outbox where position is null order by id limit ${SEQUENCE_AT_ONCE}`
    if (pending.length === 0) return 0
    const ids = pending.map((row) => row.id)
    await tx`
      update outbox set epoch = ${state.epoch}, position = ${state.position} + numbered.n
      from unnest(${ids}::uuid[]) with ordinality as numbered (id, n)
      where outbox.id = numbered.id and outbox.id >= ${ids[0] as string} and outbox.id <= ${ids.at(-1) as string}`
    await tx`update outbox_state set position = position + ${BigInt(ids.length)}`
    return ids.length
  })
}
