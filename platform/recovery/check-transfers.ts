import { textArray } from '#libs/sql/text-array.ts'
import type { SqlOf } from './reconcile-types.ts'

const AT_ONCE = 5_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/** Completed transfers begun since then whose posting the ledger does not have. */
export async function transactionsWithoutPosting(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const missing: string[] = []
  const [floor] = await sqlOf('transaction-service')<{ id: string }[]>`select uuid_floor(${since})::text as id`
  for (let last = floor?.id ?? FIRST; ; ) {
    const rows = await sqlOf('transaction-service')<{ id: string; posting: string }[]>`
      select transaction_id as id, ledger_transaction_id as posting from transactions
      where transaction_id > ${last} and stage = 'COMPLETED' and ledger_transaction_id is not null
      order by transaction_id limit ${AT_ONCE}`
    const known = await sqlOf('ledger-service')<{ id: string }[]>`
      select ledger_transaction_id as id from journal_transactions
      where ledger_transaction_id = any(${textArray(rows.map((row) => row.posting))}::uuid[])`
    const there = new Set(known.map((row) => row.id))
    missing.push(...rows.filter((row) => !there.has(row.posting)).map((row) => row.id))
    if (rows.length < AT_ONCE) return missing
    last = rows.at(-1)?.id as string
  }
}

/** Transfers that the ledger has booked since then and that transaction-service does not know, or has as failed. */
export async function postingsWithoutTransaction(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const missing: string[] = []
  const [floor] = await sqlOf('ledger-service')<{ id: string }[]>`select uuid_floor(${since})::text as id`
  for (let last = floor?.id ?? FIRST; ; ) {
    const rows = await sqlOf('ledger-service')<{ id: string; transaction_id: string }[]>`
      select ledger_transaction_id as id, transaction_id from journal_transactions
      where ledger_transaction_id > ${last} and source = 'transaction-service'
      order by ledger_transaction_id limit ${AT_ONCE}`
    const stages = await stagesOf(
      sqlOf,
      rows.map((row) => row.transaction_id),
    )
    const isKnown = (id: string): boolean => stages.has(id) && stages.get(id) !== 'FAILED'
    missing.push(...rows.filter((row) => !isKnown(row.transaction_id)).map((row) => row.transaction_id))
    if (rows.length < AT_ONCE) return missing
    last = rows.at(-1)?.id as string
  }
}

/** Transfers whose saga has not ended. */
export async function unsettled(sqlOf: SqlOf): Promise<string[]> {
  const rows = await sqlOf('transaction-service')<{ id: string }[]>`
    select transaction_id as id from unsettled_transactions order by 1`
  return rows.map((row) => row.id)
}

/** Holds that are active although no transfer that is under way has them. */
export async function orphanedHolds(sqlOf: SqlOf): Promise<string[]> {
  const rows = await sqlOf('ledger-service')<{ hold_id: string; transaction_id: string }[]>`
    select h.hold_id, h.transaction_id from holds h
    where h.status = 'ACTIVE' and exists (
      select from ledger_steps s where s.source = 'transaction-service' and s.transaction_id = h.transaction_id)
    order by 1`
  const stages = await stagesOf(
    sqlOf,
    rows.map((row) => row.transaction_id),
  )
  const isOver = (stage: string | undefined): boolean => stage === undefined || ['COMPLETED', 'FAILED'].includes(stage)
  return rows.filter((row) => isOver(stages.get(row.transaction_id))).map((row) => row.hold_id)
}

async function stagesOf(sqlOf: SqlOf, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sqlOf('transaction-service')<{ id: string; stage: string }[]>`
    select transaction_id as id, stage from transactions where transaction_id = any(${textArray(ids)}::uuid[])`
  return new Map(rows.map((row) => [row.id, row.stage]))
}
