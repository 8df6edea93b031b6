import type { Sql } from '#libs/sql/database.ts'
import type { Payment } from './journal.ts'
import type { Kept, KeptBooking, KeptTransaction } from './violations.ts'

/** SQL in a service's database. */
export type SqlOf = (service: string) => Sql

const IDS_AT_ONCE = 5_000

/** What the ledger says that these accounts hold. */
export async function balancesOf(sql: SqlOf, accounts: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await sql('ledger-service')<{ id: string; cents: bigint }[]>`
    select ledger_account_id as id, ledger_balance_cents as cents from ledger_accounts where ledger_account_id = any(${accounts}::uuid[])`
  return new Map(rows.map(({ id, cents }) => [id, cents]))
}

/** The transactions whose description begins with the name of a load, their bookings, and what the accounts hold now. */
export async function keptOf(sql: SqlOf, name: string, before: ReadonlyMap<string, bigint>): Promise<Kept> {
  const transactions = await transactionsOf(sql, name)
  const bookings: KeptBooking[] = []
  for (let first = 0; first < transactions.length; first += IDS_AT_ONCE)
    bookings.push(...(await bookingsOf(sql, transactions.slice(first, first + IDS_AT_ONCE))))
  return { transactions, bookings, before, after: await balancesOf(sql, [...before.keys()]) }
}

async function transactionsOf(sql: SqlOf, name: string): Promise<KeptTransaction[]> {
  const rows = await sql('transaction-service')<KeptTransaction[]>`
    select substr(description, ${name.length + 2}) as key, transaction_id, stage, source_account_id as source,
      destination_account_id as destination, currency, amount_cents, failure_code
    from transactions where starts_with(description, ${`${name} `})`
  return [...rows]
}

async function bookingsOf(sql: SqlOf, transactions: readonly KeptTransaction[]): Promise<KeptBooking[]> {
  const ids = transactions.map(({ transaction_id }) => transaction_id)
  const rows = await sql('ledger-service')<(Omit<KeptBooking, 'entries'> & { accounts: string[]; cents: bigint[] })[]>`
    select j.transaction_id, ledger_transaction_id, debit_account_ids as debits, credit_account_ids as credits, amounts_cents,
      j.currency, e.accounts, e.cents
    from journal_transactions j left join lateral (
      select array_agg(ledger_account_id order by ordinal) as accounts, array_agg(signed_cents order by ordinal) as cents
      from entries e where e.ledger_transaction_id = j.ledger_transaction_id) e on true
    where j.source = 'transaction-service' and j.transaction_id = any(${ids}::uuid[])`
  return rows.map(({ accounts, cents, ...row }) => ({
    ...row,
    entries: (accounts ?? []).map((account, i) => ({ account, signed_cents: cents[i] as bigint })),
  }))
}

/** Transactions of a load that have not ended. */
export async function unendedOf(sql: SqlOf, name: string): Promise<number> {
  const [row] = await sql('transaction-service')<{ unended: number }[]>`
    select count(*)::int as unended from transactions
    where starts_with(description, ${`${name} `}) and stage not in ('COMPLETED', 'FAILED', 'CANCELLED')`
  return row?.unended ?? 0
}

/** How many of these payments are not confirmed, or are and have not ended. */
export async function openOf(sql: SqlOf, payments: readonly Payment[]): Promise<number> {
  const confirmed = payments.filter(({ transaction_id }) => transaction_id !== undefined)
  const ids = confirmed.map(({ transaction_id }) => transaction_id as string)
  const [row] = await sql('transaction-service')<{ open: number }[]>`
    select count(*)::int as open from unsettled_transactions where transaction_id = any(${ids}::uuid[])`
  return payments.length - confirmed.length + (row?.open ?? 0)
}

/** Completed transfers of a load that not exactly two people were told of. */
export async function untoldOf(sql: SqlOf, name: string): Promise<number> {
  const completed = await sql('transaction-service')<{ event_id: string }[]>`
    select e.id as event_id from outbox_events e join transactions t on t.transaction_id::text = e.subject
    where e.type = 'transaction.completed' and starts_with(t.description, ${`${name} `})`
  const ids = completed.map(({ event_id }) => event_id)
  const [row] = await sql('notification-service')<{ told: number }[]>`
    select count(*)::int as told from (
      select from told_events where event_id = any(${ids}::uuid[]) group by event_id having count(*) = 2) a`
  return ids.length - (row?.told ?? 0)
}

/** Why steps of a load's sagas failed, counted by code. */
export function failuresOf({ transactions }: Kept): Record<string, number> {
  const failed = transactions.filter(({ stage }) => stage === 'FAILED')
  const codes = Map.groupBy(failed, ({ failure_code }) => failure_code ?? 'none')
  return Object.fromEntries([...codes].map(([code, all]) => [code, all.length]))
}
