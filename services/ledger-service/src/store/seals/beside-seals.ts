import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Finding } from './findings.ts'

/**
 * What stands in the books and in no seal: the journal has as many transactions, and the entries as many rows, as were sealed and are still on
 * their way; the seals end where the sealer does. One statement, so that all of it is of one moment. Null when all is well.
 */
export async function firstBeside(sql: Queryable, to_seal: number): Promise<Finding | null> {
  const [row] = await sql<
    {
      last: number
      state: number
      journal: bigint
      entries: bigint
      sealed: bigint
      leaves: bigint
      waiting: bigint
      waiting_entries: bigint
    }[]
  >`
    with state as materialized (select * from seal_state),
    told as materialized (
      select o.* from outbox o where position is null
      union all
      select o.* from outbox o, state s where o.position is not null and (o.epoch, o.position) > (s.epoch, s.position)),
    waiting as materialized (
      select cardinality(j.sequences) as entries
      from told cross join state s
      cross join lateral json_array_elements(told.bundle::json) with ordinality as event (value, number)
      left join journal_transactions j on j.ledger_transaction_id = (event.value ->> 'subject')::uuid
      where event.value ->> 'type' = ${ledgerTransactionPosted.type}
        and (told.position is null or (told.epoch, told.position - told.events + event.number) > (s.epoch, s.position)))
    select (select coalesce(max(seal_no), 0) from seals)::float8 as last, (select seal_no from state)::float8 as state,
      (select count(*) from journal_transactions) as journal, (select count(*) from entries) as entries,
      (select coalesce(sum(cardinality(entry_counts)), 0)::int8 from seals) as sealed,
      (select coalesce(sum(leaf_count), 0)::int8 from seals) as leaves,
      (select count(*) from waiting) as waiting, (select coalesce(sum(entries), 0)::int8 from waiting) as waiting_entries`
  if (row === undefined) throw new Error('the sealer has no state')
  const compared: [string, bigint | number, bigint | number][] = [
    ['seals', row.state, row.last],
    ['seals that were ordered', to_seal, Math.min(to_seal, row.last)],
    ['transactions in the journal', row.sealed + row.waiting, row.journal],
    ['entries', row.leaves + row.waiting_entries, row.entries],
  ]
  const wrong = compared.find(([, expected, found]) => expected !== found)
  if (wrong === undefined) return null
  const [what, expected, found] = wrong
  const broken = { seal_no: null, what, expected: String(expected), found: String(found) }
  return { broken, account_id: null, cached_cents: 0n, computed_cents: 0n }
}
