import { eventually } from '#libs/testing/service-test.ts'
import type { LedgerTest } from './ledger-test.ts'

/** Waits until everything that is committed now is sealed. */
export async function sealAll({ sql }: Pick<LedgerTest, 'sql'>): Promise<void> {
  const [booked] = await sql<
    { ids: string[] }[]
  >`select array_agg(ledger_transaction_id)::text[] as ids from journal_transactions`
  await eventually(async () => {
    const [row] = await sql<{ is_sealed: boolean }[]>`
      select not exists (
        select unnest(${booked?.ids ?? []}::uuid[]) except select unnest(transaction_ids) from seals) as is_sealed`
    return row?.is_sealed ?? false
  })
}

/** From here on committed events get no position, until what is returned is called. */
export async function holdPositions({ owner }: Pick<LedgerTest, 'owner'>): Promise<() => Promise<unknown>> {
  const [row] = await owner<{ definition: string }[]>`
    select pg_get_functiondef('sequence_outbox'::regproc) as definition`
  if (row === undefined) throw new Error('there is no sequencer')
  await owner.unsafe("create or replace function sequence_outbox(at_once int) returns int language sql as 'select 0'")
  return () => owner.unsafe(row.definition)
}
