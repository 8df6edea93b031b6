import { listEntries as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import type { Side } from '../../tables.ts'

interface EntryRow {
  entry_id: string
  sequence: number
  ledger_transaction_id: string
  side: Side
  signed_cents: bigint
  balance_cents: bigint
  value_date: string
  business_event: string
  reference: string
  description: string
  booked_at: Date
}

/** An account's history, newest first, straight from its key; the cursor is the last sequence of the page. */
export const listEntries = implementRead(contract, {
  async read({ params: { ledger_account_id }, query: { cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const rows = await sql<EntryRow[]>`
      select page.*, j.business_event, j.reference, j.description, j.booked_at
      from (
        select entry_id, sequence::float8 as sequence, ledger_transaction_id, side, signed_cents, balance_cents, value_date
        from entries
        where ledger_account_id = ${ledger_account_id} ${cursor === undefined ? sql`` : sql`and sequence < ${cursor}::bigint`}
        order by entries.sequence desc limit ${limit + 1}) page
      cross join lateral (
        select business_event, reference, description, booked_at from journal_transactions j
        where j.ledger_transaction_id = page.ledger_transaction_id offset 0) j
      order by page.sequence desc`
    const items = rows.slice(0, limit).map(({ booked_at, ...row }) => ({
      ...row,
      ledger_account_id: account.ledger_account_id,
      amount_cents: row.signed_cents < 0n ? -row.signed_cents : row.signed_cents,
      currency: account.currency,
      booked_at: booked_at.toISOString(),
    }))
    return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.sequence) : null }
  },
})
