import type { Static } from 'typebox'
import type { Account } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { type Actor, isStaff } from '../domain/account-states.ts'
import { problems } from '../problems.ts'
import type { AccountRow } from '../tables.ts'

/** The account as the contract shows it. */
export function accountOf(row: AccountRow): Static<typeof Account> {
  return {
    account_id: row.account_id,
    account_number: row.account_number,
    customer_id: row.customer_id,
    product_id: row.product_id,
    account_type: row.account_type,
    currency: row.currency,
    status: row.status,
    branch_id: row.branch_id,
    overdraft_limit_cents: row.overdraft_limit_cents,
    nickname: row.nickname,
    opened_date: row.opened_date,
    closed_at: row.closed_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  }
}

/** The row, or ACCOUNT_NOT_FOUND. */
export async function findAccount(sql: Queryable, account_id: string): Promise<AccountRow> {
  const [row] = await sql<AccountRow[]>`select * from accounts where account_id = ${account_id}`
  if (row === undefined) throw new Problem(problems.ACCOUNT_NOT_FOUND)
  return row
}

/** The row, which no other transaction changes until this one ends, or ACCOUNT_NOT_FOUND. */
export async function lockAccount(tx: Tx, account_id: string): Promise<AccountRow> {
  const [row] = await tx<AccountRow[]>`select * from accounts where account_id = ${account_id} for update`
  if (row === undefined) throw new Problem(problems.ACCOUNT_NOT_FOUND)
  return row
}

/** OWN_ACCOUNT when somebody who may act as staff is on the account himself: owner, joint owner or delegate (four eyes). */
export async function refuseOwnAccount(tx: Tx, account_id: string, by: Actor): Promise<void> {
  if (by.customer_id === null || !isStaff(by)) return
  const [own] = await tx`
    select 1 from account_owners where account_id = ${account_id} and customer_id = ${by.customer_id}`
  if (own !== undefined) throw new Problem(problems.OWN_ACCOUNT)
}
