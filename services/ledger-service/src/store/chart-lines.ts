import type { Queryable } from '#libs/sql/database.ts'
import type { AccountType, Side } from '../tables.ts'

/** What kind of line one of the chart is in a currency, and its account where it is the bank's own; undefined where no account stands in it. */
export async function findLine(
  sql: Queryable,
  { gl_code, currency, own_id }: { gl_code: string; currency: string; own_id: string },
): Promise<{ account_type: AccountType; normal_side: Side; ledger_account_id: string | null } | undefined> {
  const [line] = await sql<{ account_type: AccountType; normal_side: Side; ledger_account_id: string | null }[]>`
    select account_type, normal_side, (select ledger_account_id from ledger_accounts where ledger_account_id = ${own_id})
    from ledger_accounts where gl_code = ${gl_code} and currency = ${currency} limit 1`
  return line
}
