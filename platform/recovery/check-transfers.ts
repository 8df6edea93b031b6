import { textArray } from '#libs/sql/text-array.ts'
import { advanceAll, lockTransactions } from '#services/transaction-service/src/store/advances.ts'
import { idsSince, pagesAfter } from './pages.ts'
import type { SqlOf } from './reconcile-types.ts'

/** How a transfer ends that moved nothing. */
const GIVEN_UP: readonly (string | undefined)[] = ['FAILED', 'CANCELLED']

/** Transfers begun since then that were completed, whether or not they were undone later, and whose posting the ledger does not have. */
export async function transactionsWithoutPosting(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const missing: string[] = []
  const transfers = sqlOf('transaction-service')
  const pages = pagesAfter(
    await idsSince(transfers, since),
    (last, limit) => transfers<{ id: string; posting: string }[]>`
      select transaction_id as id, ledger_transaction_id as posting from transactions
      where transaction_id > ${last} and stage in ('COMPLETED', 'REVERSED') and ledger_transaction_id is not null
      order by transaction_id limit ${limit}`,
  )
  for await (const rows of pages) {
    const known = await sqlOf('ledger-service')<{ id: string }[]>`
      select ledger_transaction_id as id from journal_transactions
      where ledger_transaction_id = any(${textArray(rows.map((row) => row.posting))}::uuid[])`
    const there = new Set(known.map((row) => row.id))
    missing.push(...rows.filter((row) => !there.has(row.posting)).map((row) => row.id))
  }
  return missing
}

/** Transfers that the ledger has booked since then and that transaction-service does not know, or has given up. */
export async function postingsWithoutTransaction(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const missing: string[] = []
  const ledger = sqlOf('ledger-service')
  const pages = pagesAfter(
    await idsSince(ledger, since),
    (last, limit) => ledger<{ id: string; transaction_id: string }[]>`
      select ledger_transaction_id as id, transaction_id from journal_transactions
      where ledger_transaction_id > ${last} and source = 'transaction-service'
      order by ledger_transaction_id limit ${limit}`,
  )
  for await (const rows of pages) {
    const stages = await stagesOf(
      sqlOf,
      rows.map((row) => row.transaction_id),
    )
    const isKnown = (id: string): boolean => stages.has(id) && !GIVEN_UP.includes(stages.get(id))
    missing.push(...rows.filter((row) => !isKnown(row.transaction_id)).map((row) => row.transaction_id))
  }
  return missing
}

/** Transfers whose saga has not ended. */
export async function unsettled(sqlOf: SqlOf): Promise<string[]> {
  const rows = await sqlOf('transaction-service')<{ id: string }[]>`
    select transaction_id as id from unsettled_transactions order by 1`
  return rows.map((row) => row.id)
}

/**
 * Transfers whose saga has not come to the booking that the ledger has of them: they go on from there, and are neither judged again nor given up. The
 * ledger answers with what it booked when the saga asks it again.
 */
export async function goOnFromBooking(sqlOf: SqlOf, now = new Date()): Promise<string[]> {
  const ids = await unsettled(sqlOf)
  const booked = await sqlOf('ledger-service')<{ transaction_id: string; hold_id: string | null }[]>`
    select s.transaction_id, j.hold_id from ledger_steps s
    join journal_transactions j on j.ledger_transaction_id = s.resource_id and j.source = s.source and j.transaction_id = s.transaction_id
    where s.source = 'transaction-service' and s.transaction_id = any(${textArray(ids)}::uuid[]) and s.refusal is null`
  const happened = booked.map(({ transaction_id, hold_id }) => ({
    transaction_id,
    happening: { kind: 'found_booked' as const, hold_id },
  }))
  return sqlOf('transaction-service').begin(async (tx) => {
    const locked = await lockTransactions(
      tx,
      happened.map((one) => one.transaction_id),
    )
    return [...(await advanceAll(tx, locked, happened, now)).keys()]
  })
}

/**
 * Lets the ledger give back at once what it holds for transfers that nobody knows, or that were given up: of the transfers that were completed the money
 * stays held, until it was decided what becomes of them.
 */
export async function giveBackHolds(sqlOf: SqlOf): Promise<string[]> {
  const ledger = sqlOf('ledger-service')
  const rows = await ledger<{ hold_id: string; transaction_id: string }[]>`
    select h.hold_id, h.transaction_id from holds h
    where h.status = 'ACTIVE' and h.expires_at > h.placed_at and exists (
      select from ledger_steps s where s.source = 'transaction-service' and s.transaction_id = h.transaction_id)
    order by 1`
  const stages = await stagesOf(
    sqlOf,
    rows.map((row) => row.transaction_id),
  )
  const over = rows.filter((row) => [undefined, ...GIVEN_UP].includes(stages.get(row.transaction_id)))
  const ids = over.map((row) => row.hold_id)
  await ledger`
    update holds set expires_at = placed_at where status = 'ACTIVE' and hold_id = any(${textArray(ids)}::uuid[])`
  return ids
}

async function stagesOf(sqlOf: SqlOf, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sqlOf('transaction-service')<{ id: string; stage: string }[]>`
    select transaction_id as id, stage from transactions where transaction_id = any(${textArray(ids)}::uuid[])`
  return new Map(rows.map((row) => [row.id, row.stage]))
}
