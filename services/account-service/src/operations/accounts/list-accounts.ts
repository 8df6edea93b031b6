import { listAccounts as contract } from '#contracts/api/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountOf } from '../../store/accounts.ts'
import type { AccountRow } from '../../tables.ts'

const PAGE = 50

/** The accounts a customer owns, shares or may look at, in the order of their opening; the cursor is the last account_id. */
export const listAccounts = implementRead(contract, {
  async read({ query }, { sql, caller }) {
    const customer_id = customerAskedFor(caller, query.customer_id)
    const { limit = PAGE, cursor, status } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<AccountRow[]>`
      select a.* from account_owners o join accounts a using (account_id)
      where o.customer_id = ${customer_id} and 'view' = any(o.capabilities)
        and (${cursor ?? null}::uuid is null or o.account_id > ${cursor ?? null}::uuid)
        and (${status ?? null}::text is null or a.status = ${status ?? null}::text)
      order by o.account_id limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return { items: page.map(accountOf), next_cursor: rows.length > limit ? (page.at(-1)?.account_id ?? null) : null }
  },
})

/** Customers see their own; whoever else may call names a customer. */
function customerAskedFor(caller: Caller, asked: string | undefined): string {
  const isStaff = caller.roles.some((role) => role !== 'customer')
  const customer_id = asked ?? caller.customer_id
  if (customer_id === null) throw new Problem(problems.CUSTOMER_REQUIRED)
  if (!isStaff && customer_id !== caller.customer_id) throw new Problem(problems.CUSTOMER_NOT_YOURS)
  return customer_id
}
