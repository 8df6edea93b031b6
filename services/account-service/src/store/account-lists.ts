import type { Static } from 'typebox'
import type { Account } from '#contracts/api/account.ts'
import type { AccountStatus } from '#contracts/enums.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { problems } from '../problems.ts'
import type { AccountRow } from '../tables.ts'
import { accountOf } from './accounts.ts'

const PAGE = 50

/**
 * The accounts a customer owns, shares or may look at, of those in `among` (null: all), in the order of their opening; the cursor is the last
 * account_id. CURSOR_WRONG.
 */
export async function accountsOfCustomer(
  sql: Queryable,
  customer_id: string,
  query: { limit?: number; cursor?: string; status?: AccountStatus },
  among: ReadonlySet<string> | null = null,
): Promise<{ items: Static<typeof Account>[]; next_cursor: string | null }> {
  const { limit = PAGE, cursor, status } = query
  if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
  const rows = await sql<AccountRow[]>`
    select a.* from account_owners o join accounts a using (account_id)
    where o.customer_id = ${customer_id} and 'view' = any(o.capabilities)
      and (${cursor ?? null}::uuid is null or o.account_id > ${cursor ?? null}::uuid)
      and (${among === null} or o.account_id = any(${[...(among ?? [])]}::uuid[]))
      and (${status ?? null}::text is null or a.status = ${status ?? null}::text)
    order by o.account_id limit ${limit + 1}`
  const page = rows.slice(0, limit)
  return { items: page.map(accountOf), next_cursor: rows.length > limit ? (page.at(-1)?.account_id ?? null) : null }
}
