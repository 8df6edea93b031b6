import type { Tx } from '#libs/sql/database.ts'
import type { Velocity, Verdict } from '../domain/decide.ts'
import { type History, payeeKey, type Transfer, velocityKey } from '../domain/judge.ts'
import type { CheckRow, VelocityRow } from '../tables.ts'

/** Locks the accounts, in the order of their ids so that two batches never wait for each other in a ring, and makes rows for new ones. */
export async function lockAccounts(
  tx: Tx,
  account_ids: readonly string[],
  now: Date,
): Promise<Map<string, VelocityRow>> {
  const rows = await tx<VelocityRow[]>`
    insert into account_velocity (account_id, activity_count, counted_cents, counted_at)
    select account_id, 0, 0, ${now}::timestamptz from unnest(${[...account_ids].sort()}::uuid[]) as touched (account_id)
    order by account_id
    on conflict (account_id) do update set counted_at = greatest(account_velocity.counted_at, excluded.counted_at)
    returning account_id, activity_count, counted_cents, counted_at`
  return new Map(rows.map((row) => [row.account_id, row]))
}

type PriorRow = { transaction_id: string; known: boolean } & Partial<Omit<CheckRow, 'transaction_id' | 'checked_at'>>

/** What was decided before of these transfers (an event may come twice), and which of their payees are known. */
export async function readPriors(tx: Tx, transfers: readonly Transfer[]) {
  const rows = await tx<PriorRow[]>`
    select t.transaction_id, c.decision, c.fraud_score, c.reason_codes, p.account_id is not null as known
    from unnest(${transfers.map((one) => one.transaction_id)}::uuid[], ${transfers.map((one) => one.account_id)}::uuid[],
      ${transfers.map((one) => one.related_account_id)}::uuid[]) as t (transaction_id, account_id, related_account_id)
    left join fraud_checks c on c.transaction_id = t.transaction_id
    left join known_payees p on p.account_id = t.account_id and p.related_account_id = t.related_account_id`
  const byId = new Map(rows.map((row) => [row.transaction_id, row]))
  const verdicts = new Map<string, Verdict>()
  for (const { transaction_id, decision, fraud_score, reason_codes } of rows)
    if (decision && fraud_score !== undefined && reason_codes)
      verdicts.set(transaction_id, { decision, fraud_score, reason_codes })
  const payees = new Set(transfers.filter((one) => byId.get(one.transaction_id)?.known === true).map(payeeKey))
  return { verdicts, payees }
}

interface FirstRow {
  account_id: string
  window_s: number
  activity_number: bigint
  amount_cents: bigint
  counted_cents: bigint
}

/**
 * How many transfers of how much each account has made within each window: from the first one inside it to the last, two rows apart. A window
 * ends at the account's own last moment, which never goes back, whichever instance counts.
 */
export async function readVelocities(
  tx: Tx,
  accounts: ReadonlyMap<string, VelocityRow>,
  windows: readonly number[],
): Promise<History['velocities']> {
  if (windows.length === 0) return new Map()
  const ends = [...accounts.values()].map((row) => row.counted_at.toISOString())
  const rows = await tx<FirstRow[]>`
    select a.account_id, w.window_s, first.activity_number, first.amount_cents, first.counted_cents
    from unnest(${[...accounts.keys()]}::uuid[], ${ends}::timestamptz[]) as a (account_id, ends_at)
    cross join unnest(${windows}::int[]) as w (window_s)
    cross join lateral (
      select activity_number, amount_cents, counted_cents from account_activity
      where account_id = a.account_id and counted_at > a.ends_at - make_interval(secs => w.window_s)
      order by counted_at, activity_number limit 1) as first`
  return new Map(
    rows.map((row) => [velocityKey(row.account_id, row.window_s), velocityFrom(row, accounts.get(row.account_id))]),
  )
}

function velocityFrom(first: FirstRow, last: VelocityRow | undefined): Velocity {
  if (last === undefined) return { count: 0n, amount_cents: 0n }
  return {
    count: last.activity_count - first.activity_number + 1n,
    amount_cents: BigInt.asUintN(64, last.counted_cents - first.counted_cents + first.amount_cents),
  }
}

/** Writes verdicts, counts and payees in one statement. The accounts are locked; `accounts` is moved on. */
export async function writeVerdicts(
  tx: Tx,
  transfers: readonly Transfer[],
  verdicts: readonly Verdict[],
  accounts: Map<string, VelocityRow>,
  now: Date,
): Promise<void> {
  if (transfers.length === 0) return
  const counted = transfers.map((transfer) => count(accounts, transfer))
  const touched = [...new Map(counted.map((row) => [row.account_id, row])).values()]
  const payees = transfers.filter((one, i) => one.related_account_id !== null && verdicts[i]?.decision === 'ALLOW')
  await tx`
    with checked as (
      insert into fraud_checks (transaction_id, account_id, related_account_id, amount_cents, currency, decision, fraud_score, reason_codes, checked_at)
      select transaction_id, account_id, related_account_id, amount_cents, currency, decision, fraud_score, string_to_array(reasons, ','), ${now}::timestamptz
      from unnest(${transfers.map((one) => one.transaction_id)}::uuid[], ${transfers.map((one) => one.account_id)}::uuid[],
        ${transfers.map((one) => one.related_account_id)}::uuid[], ${transfers.map((one) => one.amount_cents.toString())}::bigint[],
        ${transfers.map((one) => one.currency)}::text[], ${verdicts.map((one) => one.decision)}::text[],
        ${verdicts.map((one) => one.fraud_score)}::int[], ${verdicts.map((one) => one.reason_codes.join(','))}::text[])
        as verdict (transaction_id, account_id, related_account_id, amount_cents, currency, decision, fraud_score, reasons)
    ), counted as (
      insert into account_activity (account_id, counted_at, activity_number, transaction_id, amount_cents, counted_cents)
      select * from unnest(${counted.map((row) => row.account_id)}::uuid[], ${counted.map((row) => row.counted_at.toISOString())}::timestamptz[],
        ${counted.map((row) => row.activity_count.toString())}::bigint[], ${transfers.map((one) => one.transaction_id)}::uuid[],
        ${transfers.map((one) => one.amount_cents.toString())}::bigint[], ${counted.map((row) => row.counted_cents.toString())}::bigint[])
    ), moved as (
      update account_velocity v set activity_count = n.activity_count, counted_cents = n.counted_cents
      from unnest(${touched.map((row) => row.account_id)}::uuid[], ${touched.map((row) => row.activity_count.toString())}::bigint[],
        ${touched.map((row) => row.counted_cents.toString())}::bigint[]) as n (account_id, activity_count, counted_cents)
      where v.account_id = n.account_id
    )
    insert into known_payees (account_id, related_account_id, first_seen_at)
    select distinct account_id, related_account_id, ${now}::timestamptz
    from unnest(${payees.map((one) => one.account_id)}::uuid[], ${payees.map((one) => one.related_account_id)}::uuid[])
      as payee (account_id, related_account_id)
    on conflict do nothing`
}

function count(accounts: Map<string, VelocityRow>, { account_id, amount_cents }: Transfer): VelocityRow {
  const before = accounts.get(account_id) as VelocityRow
  const counted_cents = BigInt.asIntN(64, before.counted_cents + amount_cents)
  const after = { ...before, activity_count: before.activity_count + 1n, counted_cents }
  accounts.set(account_id, after)
  return after
}
