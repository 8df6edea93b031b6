import type { Queryable } from '#libs/sql/database.ts'
import type { AccountType, Side } from '../../tables.ts'

/** What kind of line one of the chart is, and its account in a currency where it is the bank's own and one stands; undefined for no line. */
export async function findLine(
  sql: Queryable,
  { gl_code, own_id }: { gl_code: string; own_id: string },
): Promise<{ account_type: AccountType; normal_side: Side; ledger_account_id: string | null } | undefined> {
  const [line] = await sql<{ account_type: AccountType; normal_side: Side; ledger_account_id: string | null }[]>`
    select g.account_type, g.normal_side, a.ledger_account_id
    from gl_accounts g left join ledger_accounts a on a.ledger_account_id = ${own_id} and g.kind = 'OWN'
    where g.gl_code = ${gl_code} and g.kind <> 'GROUP'`
  return line
}
