import { textArray } from '#libs/sql/text-array.ts'
import { AT_ONCE, idsSince, pagesAfter } from './pages.ts'
import type { SqlOf } from './reconcile-types.ts'

/** Interest and payouts of account-service, recorded as booked since then, that the ledger does not have. */
export async function bookingsWithoutPosting(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const rows = await sqlOf('account-service')<{ id: string; posting: string }[]>`
    select posting_id as id, ledger_transaction_id as posting from interest_postings
    where created_at >= ${since} and ledger_transaction_id is not null
    union all
    select closing_id, p.ledger_transaction_id from closing_payouts p join closings using (closing_id)
    where requested_at >= ${since} and p.ledger_transaction_id is not null
    order by 1`
  const missing: string[] = []
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const some = rows.slice(first, first + AT_ONCE)
    const known = await sqlOf('ledger-service')<{ id: string }[]>`
      select ledger_transaction_id as id from journal_transactions
      where ledger_transaction_id = any(${textArray(some.map((row) => row.posting))}::uuid[])`
    const there = new Set(known.map((row) => row.id))
    missing.push(...some.filter((row) => !there.has(row.posting)).map((row) => row.id))
  }
  return missing
}

/** What the ledger has booked for account-service since then and that account-service does not know: it would book it once more. */
export async function postingsWithoutBooking(sqlOf: SqlOf, since: Date): Promise<string[]> {
  const missing: string[] = []
  const ledger = sqlOf('ledger-service')
  const pages = pagesAfter(
    await idsSince(ledger, since),
    (last, limit) => ledger<{ id: string; transaction_id: string }[]>`
      select ledger_transaction_id as id, transaction_id from journal_transactions
      where ledger_transaction_id > ${last} and source = 'account-service'
      order by ledger_transaction_id limit ${limit}`,
  )
  for await (const rows of pages) {
    const ids = textArray(rows.map((row) => row.transaction_id))
    const known = await sqlOf('account-service')<{ id: string }[]>`
      select posting_id as id from interest_postings where posting_id = any(${ids}::uuid[])
      union all select closing_id from closings where closing_id = any(${ids}::uuid[])`
    const there = new Set(known.map((row) => row.id))
    missing.push(...rows.filter((row) => !there.has(row.transaction_id)).map((row) => row.transaction_id))
  }
  return missing
}
