import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { AccountBalance, HoldRow } from '../tables.ts'
import { type AccountValues, accountMap, lockedAccount } from './accounts.ts'
import { arrayLiteral, nullableNestedLiteral } from './array-literal.ts'

/** Locks holds by id. Their accounts are locked first, always: two writers who meet on both then meet in one order. */
export async function lockHolds(tx: Tx, ids: Iterable<string>): Promise<Map<string, HoldRow>> {
  const sorted = [...new Set(ids)].sort()
  if (sorted.length === 0) return new Map()
  const rows = await tx<HoldRow[]>`
    select hold.* from unnest(${arrayLiteral(sorted)}::uuid[]) as wanted (id)
    cross join lateral (select * from holds where hold_id = wanted.id for no key update) hold`
  return new Map(rows.map((row) => [row.hold_id, row]))
}

/** Locks the accounts of holds in the order of their ids; a hold never changes its account, so it is found without its lock. */
export async function lockAccountsOfHolds(tx: Tx, ids: Iterable<string>): Promise<Map<string, AccountBalance>> {
  const rows = await tx`
    select account.* from (
      select distinct hold.ledger_account_id as id from unnest(${arrayLiteral([...new Set(ids)])}::uuid[]) as wanted (id)
      cross join lateral (select ledger_account_id from holds where hold_id = wanted.id offset 0) hold
      order by id) as wanted
    cross join lateral (${lockedAccount(tx, { isCounting: true })}) account`.values()
  return accountMap(rows as unknown as AccountValues[])
}

/** Writes holds as a batch left them: new ones, and the ends of old ones. */
export async function writeHolds(tx: Tx, changed: Iterable<HoldRow>): Promise<void> {
  const holds = [...changed]
  if (holds.length === 0) return
  // Most holds were never increased: arrays without members are filled up with nulls by the server.
  const isPlain = holds.every((hold) => hold.increase_dates === null)
  const increases = (field: 'increase_dates' | 'increases_cents'): string =>
    isPlain ? '{}' : nullableNestedLiteral(holds.map((hold) => hold[field]))
  await tx`
    insert into holds (hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at,
      business_date, increase_dates, increases_cents)
    select hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at, business_date,
      increase_dates::date[], increases_cents::bigint[]
    from unnest(${arrayLiteral(holds.map((hold) => hold.hold_id))}::uuid[],
      ${arrayLiteral(holds.map((hold) => hold.ledger_account_id))}::uuid[],
      ${arrayLiteral(holds.map((hold) => hold.transaction_id))}::uuid[],
      ${arrayLiteral(holds.map((hold) => hold.amount_cents))}::bigint[],
      ${arrayLiteral(holds.map((hold) => hold.captured_cents))}::bigint[],
      ${arrayLiteral(holds.map((hold) => hold.currency))}::text[],
      ${arrayLiteral(holds.map((hold) => hold.status))}::text[],
      ${arrayLiteral(holds.map((hold) => hold.expires_at.toISOString()))}::timestamptz[],
      ${arrayLiteral(holds.map((hold) => hold.placed_at.toISOString()))}::timestamptz[],
      ${arrayLiteral(holds.map((hold) => hold.business_date))}::date[], ${increases('increase_dates')}::text[], ${increases('increases_cents')}::text[])
      as hold (hold_id, ledger_account_id, transaction_id, amount_cents, captured_cents, currency, status, expires_at, placed_at, business_date,
        increase_dates, increases_cents)
    on conflict (hold_id) do update set amount_cents = excluded.amount_cents, captured_cents = excluded.captured_cents, status = excluded.status,
      expires_at = excluded.expires_at, increase_dates = excluded.increase_dates, increases_cents = excluded.increases_cents`
}

/** Holds by id, in the order asked; undefined where there is none. */
export async function findHolds(sql: Queryable, ids: readonly string[]): Promise<(HoldRow | undefined)[]> {
  const rows = await sql<HoldRow[]>`select * from holds where hold_id = any(${arrayLiteral(ids)}::uuid[])`
  const byId = new Map(rows.map((row) => [row.hold_id, row]))
  return ids.map((id) => byId.get(id))
}

/** Holds by id as the contract answers them, in their present state. */
export async function presentHolds(ids: readonly string[], { sql }: { sql: Queryable }) {
  return (await findHolds(sql, ids)).map((row) => (row === undefined ? undefined : holdReply(row)))
}

/** A row as the contract answers it. */
export function holdReply(row: HoldRow) {
  return {
    hold_id: row.hold_id,
    ledger_account_id: row.ledger_account_id,
    transaction_id: row.transaction_id,
    amount_cents: row.amount_cents,
    captured_cents: row.captured_cents,
    currency: row.currency,
    status: row.status,
    expires_at: row.expires_at.toISOString(),
    placed_at: row.placed_at.toISOString(),
  }
}
