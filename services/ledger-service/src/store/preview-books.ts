import { isCurrency } from '#libs/money/currencies.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { type Books, NO_TRANSACTIONS } from '../domain/core.ts'
import type { AccountBalance, HoldRow, Side } from '../tables.ts'
import { findAccounts } from './accounts.ts'
import { arrayLiteral } from './array-literal.ts'
import { findHolds } from './holds.ts'
import type { OwnAccount } from './open-own-accounts.ts'

/** The books as committed now, for who only looks: no lock is taken, and own accounts that would be made at their first use are there. */
export async function booksSeen(
  sql: Queryable,
  { account_ids, hold_ids, named }: { account_ids: string[]; hold_ids: string[]; named: Iterable<OwnAccount> },
): Promise<Books> {
  const holds = (await findHolds(sql, hold_ids)).filter((hold) => hold !== undefined)
  const ids = [...account_ids, ...holds.map((hold) => hold.ledger_account_id)]
  const accounts = new Map<string, AccountBalance>(await findAccounts(sql, ids))
  for (const account of await unopened(
    sql,
    [...named].filter((one) => !accounts.has(one.ledger_account_id)),
  ))
    accounts.set(account.ledger_account_id, account)
  return {
    accounts,
    holds: new Map<string, HoldRow>(holds.map((hold) => [hold.hold_id, hold])),
    transactions: NO_TRANSACTIONS,
  }
}

async function unopened(sql: Queryable, accounts: readonly OwnAccount[]): Promise<AccountBalance[]> {
  const named = accounts.filter((account) => isCurrency(account.currency))
  if (named.length === 0) return []
  const lines = await sql<{ gl_code: string; normal_side: Side }[]>`
    select gl_code, normal_side from gl_accounts
    where gl_code = any(${arrayLiteral(named.map((one) => one.gl_code))}::text[]) and kind = 'OWN' and is_active`
  const sides = new Map(lines.map((line) => [line.gl_code, line.normal_side]))
  return named.flatMap(({ ledger_account_id, gl_code, currency }) => {
    const normal_side = sides.get(gl_code)
    return normal_side === undefined ? [] : [{ ...NEW, ledger_account_id, currency, normal_side }]
  })
}

const NEW = {
  state: 'OPEN',
  overdraft_limit_cents: null,
  ledger_balance_cents: 0n,
  held_cents: 0n,
  entry_count: 0,
  daily_limit_cents: null,
  monthly_limit_cents: null,
  debited_today_cents: 0n,
  debited_month_cents: 0n,
  debited_on: null,
} as const
