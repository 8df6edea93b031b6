import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { available, MAX_CENTS } from '../domain/account.ts'
import { type Debited, debitedOn } from '../domain/limits.ts'
import { problems } from '../problems.ts'
import type { AccountBalance, AccountState, LedgerAccountRow } from '../tables.ts'
import { arrayLiteral, nullableArrayLiteral } from './array-literal.ts'

/**
 * Locks accounts in the order of their ids, which every writer keeps, so that none waits for another in a circle. The wanted ids drive the
 * query one by one: a plan made while the table was small stays right when it has grown. Whoever counts nothing against limits says so: what is
 * not read is neither decided by nor written.
 */
export async function lockAccounts(
  tx: Tx,
  ids: Iterable<string>,
  { isCounting = true }: { isCounting?: boolean } = {},
): Promise<Map<string, AccountBalance>> {
  const sorted = [...new Set(ids)].sort()
  if (sorted.length === 0) return new Map()
  const rows = await tx`
    select account.* from unnest(${arrayLiteral(sorted)}::uuid[]) as wanted (id)
    cross join lateral (${lockedAccount(tx, { isCounting })}) account`.values()
  return accountMap(rows as unknown as AccountValues[])
}

/** The account whose id is `wanted.id`, locked: its columns in the order of `AccountValues`. */
export function lockedAccount(tx: Tx, { isCounting }: { isCounting: boolean }) {
  const counted = isCounting
    ? tx`, daily_limit_cents, monthly_limit_cents, debited_today_cents, debited_month_cents, debited_on`
    : tx``
  return tx`
    select ledger_account_id, currency, normal_side, state, overdraft_limit_cents, ledger_balance_cents, held_cents, entry_count ${counted}
    from ledger_accounts where ledger_account_id = wanted.id for no key update`
}

/** The columns of an account in the order of the statements that lock some: by name the driver takes twice as long. */
export type AccountValues = readonly [
  ledger_account_id: string,
  currency: string,
  normal_side: AccountBalance['normal_side'],
  state: AccountState,
  overdraft_limit_cents: bigint | null,
  ledger_balance_cents: bigint,
  held_cents: bigint,
  entry_count: bigint,
  daily_limit_cents?: bigint | null,
  monthly_limit_cents?: bigint | null,
  debited_today_cents?: bigint,
  debited_month_cents?: bigint,
  debited_on?: string | null,
]

/** A map of accounts by id. */
export function accountMap(rows: readonly AccountValues[]): Map<string, AccountBalance> {
  const accounts = new Map<string, AccountBalance>()
  for (const row of rows)
    accounts.set(row[0], {
      ledger_account_id: row[0],
      currency: row[1],
      normal_side: row[2],
      state: row[3],
      overdraft_limit_cents: row[4],
      ledger_balance_cents: row[5],
      held_cents: row[6],
      entry_count: Number(row[7]),
      daily_limit_cents: row[8] ?? null,
      monthly_limit_cents: row[9] ?? null,
      debited_today_cents: row[10] ?? 0n,
      debited_month_cents: row[11] ?? 0n,
      debited_on: row[12] ?? null,
    })
  return accounts
}

/**
 * Writes the last state of every account that a batch changed: one row each, however often it moved. Given the accounts as they were loaded, those
 * of which only the balance moved (most of them) cost a statement of two columns.
 */
export async function writeAccounts(
  tx: Tx,
  changed: ReadonlyMap<string, AccountBalance>,
  loaded?: ReadonlyMap<string, AccountBalance>,
): Promise<void> {
  const moved: AccountBalance[] = []
  const others: AccountBalance[] = []
  for (const account of changed.values()) {
    const before = loaded?.get(account.ledger_account_id)
    const isMovedOnly =
      before !== undefined && before.held_cents === account.held_cents && isCountedAlike(before, account)
    ;(isMovedOnly ? moved : others).push(account)
  }
  await Promise.all([writeBalances(tx, moved), writeWhole(tx, others)])
}

function isCountedAlike(a: AccountBalance, b: AccountBalance): boolean {
  return (
    a.debited_on === b.debited_on &&
    a.debited_today_cents === b.debited_today_cents &&
    a.debited_month_cents === b.debited_month_cents
  )
}

async function writeBalances(tx: Tx, accounts: readonly AccountBalance[]): Promise<void> {
  if (accounts.length === 0) return
  await tx`
    update ledger_accounts a set ledger_balance_cents = c.ledger_balance_cents, entry_count = c.entry_count
    from unnest(${arrayLiteral(accounts.map((account) => account.ledger_account_id))}::uuid[],
      ${arrayLiteral(accounts.map((account) => account.ledger_balance_cents))}::bigint[],
      ${arrayLiteral(accounts.map((account) => account.entry_count))}::bigint[]) as c (ledger_account_id, ledger_balance_cents, entry_count)
    where a.ledger_account_id = c.ledger_account_id`
}

async function writeWhole(tx: Tx, accounts: readonly AccountBalance[]): Promise<void> {
  if (accounts.length === 0) return
  const of = (
    field: 'ledger_account_id' | 'ledger_balance_cents' | 'held_cents' | 'entry_count' | keyof Debited,
  ): string => arrayLiteral(accounts.map((account) => account[field]))
  await tx`
    update ledger_accounts a set ledger_balance_cents = c.ledger_balance_cents, held_cents = c.held_cents, entry_count = c.entry_count,
      debited_today_cents = c.debited_today_cents, debited_month_cents = c.debited_month_cents, debited_on = c.debited_on
    from unnest(${of('ledger_account_id')}::uuid[], ${of('ledger_balance_cents')}::bigint[], ${of('held_cents')}::bigint[],
      ${of('entry_count')}::bigint[], ${of('debited_today_cents')}::bigint[], ${of('debited_month_cents')}::bigint[],
      ${nullableArrayLiteral(accounts.map((account) => account.debited_on))}::date[]) as c (ledger_account_id, ledger_balance_cents,
      held_cents, entry_count, debited_today_cents, debited_month_cents, debited_on)
    where a.ledger_account_id = c.ledger_account_id`
}

/** Opens an account of a sub-ledger with a zero balance; undefined when one with this id stands already, or the chart has no such line. */
export async function insertAccount(
  sql: Queryable,
  { gl_code }: { gl_code: string },
  account: {
    ledger_account_id: string
    currency: string
    overdraft_limit_cents: bigint | null
    created_at: Date
    /** OPEN unless given. */
    state?: AccountState
    daily_limit_cents?: bigint | null
    monthly_limit_cents?: bigint | null
  },
): Promise<LedgerAccountRow | undefined> {
  const { state = 'OPEN', daily_limit_cents = null, monthly_limit_cents = null } = account
  const [row] = await sql<LedgerAccountRow[]>`
    insert into ledger_accounts (ledger_account_id, gl_code, name, account_type, normal_side, currency, state, state_version,
      overdraft_limit_cents, ledger_balance_cents, held_cents, entry_count, daily_limit_cents, monthly_limit_cents, created_at)
    select ${account.ledger_account_id}::uuid, gl_code, name, account_type, normal_side, ${account.currency}::char(3), ${state}::text, 0,
      ${account.overdraft_limit_cents}::bigint, 0, 0, 0, ${daily_limit_cents}::bigint, ${monthly_limit_cents}::bigint, ${account.created_at}::timestamptz
    from gl_accounts where gl_code = ${gl_code} and kind = 'SUBLEDGER' and is_active
    on conflict (ledger_account_id) do nothing
    returning *, entry_count::float8 as entry_count`
  return row
}

/** One account as it is now, or undefined. */
export async function findAccount(sql: Queryable, id: string): Promise<LedgerAccountRow | undefined> {
  const [row] = await sql<LedgerAccountRow[]>`
    select *, entry_count::float8 as entry_count from ledger_accounts where ledger_account_id = ${id}`
  return row
}

/** One account, locked until the end of the transaction; LEDGER_ACCOUNT_NOT_FOUND. */
export async function lockAccount(tx: Tx, id: string): Promise<LedgerAccountRow> {
  const [row] = await tx<LedgerAccountRow[]>`
    select *, entry_count::float8 as entry_count from ledger_accounts where ledger_account_id = ${id} for no key update`
  if (row === undefined)
    throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND, { detail: `The ledger has no account ${id}` })
  return row
}

/** Accounts as they are now, by id; unknown ones are left out. */
export async function findAccounts(sql: Queryable, ids: readonly string[]): Promise<Map<string, LedgerAccountRow>> {
  const rows = await sql<LedgerAccountRow[]>`
    select a.*, a.entry_count::float8 as entry_count
    from unnest(${arrayLiteral([...new Set(ids)])}::uuid[]) as wanted (id) join ledger_accounts a on a.ledger_account_id = wanted.id`
  return new Map(rows.map((row) => [row.ledger_account_id, row]))
}

/** What may leave an account, as contracts answer it: never more than a balance can hold; null where there is no floor. */
export function roomOf(account: AccountBalance): bigint | null {
  const room = available(account)
  return room !== null && room > MAX_CENTS ? MAX_CENTS : room
}

/** A row as the contract answers it, as of a time of the books. */
export function accountReply(row: LedgerAccountRow, { now, business_date }: { now: Date; business_date: string }) {
  return {
    ledger_account_id: row.ledger_account_id,
    gl_code: row.gl_code,
    name: row.name,
    account_type: row.account_type,
    normal_side: row.normal_side,
    currency: row.currency,
    state: row.state,
    overdraft_limit_cents: row.overdraft_limit_cents,
    ledger_balance_cents: row.ledger_balance_cents,
    held_cents: row.held_cents,
    available_balance_cents: roomOf(row),
    entry_count: row.entry_count,
    daily_limit_cents: row.daily_limit_cents,
    monthly_limit_cents: row.monthly_limit_cents,
    ...debitedOn(row, business_date),
    created_at: row.created_at.toISOString(),
    as_of: now.toISOString(),
  }
}
