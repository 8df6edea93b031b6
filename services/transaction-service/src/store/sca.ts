import type { Id } from '#libs/ids/ids.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { Counter, Payment, ScaLimits, ScaPolicy } from '../domain/sca.ts'

/** Who pays whom how much: what a payment's standing is looked up by. */
export type PaymentKey = Pick<Payment, 'customer_id' | 'payee_account_id' | 'amount_cents' | 'currency'>

/** What is known of a payment besides its amount, and the policy that it is measured by. */
export type Standing = Pick<Payment, 'isTrusted' | 'isKnown' | 'series_at'> & { policy: ScaPolicy }

interface StandingRow extends ScaLimits {
  version: number | null
  is_trusted: boolean
  is_known: boolean
  series_at: Date | null
}

/** The columns of a policy's limits. */
export function limitColumns(sql: Queryable) {
  return sql`
    low_value_hundredths, low_value_total_hundredths, low_value_count, new_payee_hundredths, trusted_payee_hundredths, api_key_hundredths,
    recurring_days, has_own_accounts`
}

/** The standing of many payments by one statement, in order; `otherwise` is the policy where nobody decided another. */
export async function standingsOf(
  sql: Queryable,
  payments: readonly PaymentKey[],
  otherwise: ScaPolicy,
): Promise<Standing[]> {
  if (payments.length === 0) return []
  const rows = await sql<StandingRow[]>`
    select policy.*,
      exists (select 1 from beneficiaries b
        where b.account_id = paid.account_id and b.customer_id = paid.customer_id and b.trusted_at is not null) as is_trusted,
      exists (select 1 from sca_series s where s.customer_id = paid.customer_id and s.account_id = paid.account_id) as is_known,
      (select last_at from sca_series s where s.customer_id = paid.customer_id and s.account_id = paid.account_id
        and s.amount_cents = paid.amount_cents and s.currency = paid.currency) as series_at
    from unnest(${columnOf(payments, 'customer_id')}::uuid[], ${columnOf(payments, 'payee_account_id')}::uuid[],
      ${columnOf(payments, 'amount_cents')}::bigint[], ${columnOf(payments, 'currency')}::char(3)[])
      with ordinality as paid (customer_id, account_id, amount_cents, currency, position)
    left join (
      select version, ${limitColumns(sql)} from sca_policies where version is not null order by version desc limit 1
    ) policy on true
    order by position`
  return rows.map(({ is_trusted, is_known, series_at, version, ...limits }) => ({
    ...{ isTrusted: is_trusted, isKnown: is_known, series_at },
    policy: version === null ? otherwise : { version, ...limits },
  }))
}

/** The policy in force. */
export async function policyOf(sql: Queryable, otherwise: ScaPolicy): Promise<ScaPolicy> {
  const [row] = await sql<ScaPolicy[]>`
    select version, ${limitColumns(sql)} from sca_policies where version is not null order by version desc limit 1`
  return row ?? otherwise
}

/** Adds to the counters of customers, locked from then on in the order of their ids; answers them as they are now. */
export async function addToCounters(tx: Tx, added: ReadonlyMap<Id, Counter>): Promise<ReadonlyMap<Id, Counter>> {
  if (added.size === 0) return new Map()
  const rows = await tx<(Counter & { customer_id: Id })[]>`
    insert into sca_counters as c (customer_id, payment_count, total_hundredths)
    select * from unnest(${countersIn(added).customers}::uuid[], ${countersIn(added).counts}::int[], ${countersIn(added).totals}::bigint[])
    on conflict (customer_id) do update
      set payment_count = c.payment_count + excluded.payment_count, total_hundredths = c.total_hundredths + excluded.total_hundredths
    returning customer_id, payment_count, total_hundredths`
  return new Map(rows.map((row) => [row.customer_id, row]))
}

/** Sets counters that this transaction has locked. */
export async function setCounters(tx: Tx, counters: ReadonlyMap<Id, Counter>): Promise<void> {
  if (counters.size === 0) return
  const { customers, counts, totals } = countersIn(counters)
  await tx`
    update sca_counters c set payment_count = now.payment_count, total_hundredths = now.total_hundredths
    from unnest(${customers}::uuid[], ${counts}::int[], ${totals}::bigint[]) as now (customer_id, payment_count, total_hundredths)
    where c.customer_id = now.customer_id`
}

/** Sorted by customer, so that two batches never wait for each other in a circle. */
function countersIn(counters: ReadonlyMap<Id, Counter>): { customers: string; counts: string; totals: string } {
  const sorted = [...counters].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    customers: textArray(sorted.map(([customer_id]) => customer_id)),
    counts: textArray(sorted.map(([, { payment_count }]) => String(payment_count))),
    totals: textArray(sorted.map(([, { total_hundredths }]) => String(total_hundredths))),
  }
}

/** Takes the next payment of series that were confirmed, each once: of parallel ones the first. Answers the keys of those that were free. */
export async function takeSeries(
  tx: Tx,
  payments: ReadonlyMap<string, PaymentKey>,
  { before, now }: { before: Date; now: Date },
): Promise<ReadonlySet<string>> {
  if (payments.size === 0) return new Set()
  const some = [...payments.values()]
  const rows = await tx<{ customer_id: Id; account_id: Id; amount_cents: bigint; currency: string }[]>`
    update sca_series s set last_at = ${now}
    from unnest(${columnOf(some, 'customer_id')}::uuid[], ${columnOf(some, 'payee_account_id')}::uuid[],
      ${columnOf(some, 'amount_cents')}::bigint[], ${columnOf(some, 'currency')}::char(3)[])
      as paid (customer_id, account_id, amount_cents, currency)
    where s.customer_id = paid.customer_id and s.account_id = paid.account_id and s.amount_cents = paid.amount_cents
      and s.currency = paid.currency and s.last_at <= ${before}
    returning s.customer_id, s.account_id, s.amount_cents, s.currency`
  return new Set(rows.map(({ account_id, ...row }) => seriesKey({ ...row, payee_account_id: account_id })))
}

/** Remembers confirmed payments: their payees are known from now on, and the same amount again is of their series. */
export async function beginSeries(tx: Tx, payments: ReadonlyMap<string, PaymentKey>, now: Date): Promise<void> {
  if (payments.size === 0) return
  const some = [...payments].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, payment]) => payment)
  await tx`
    insert into sca_series (customer_id, account_id, amount_cents, currency, last_at)
    select *, ${now}::timestamptz from unnest(${columnOf(some, 'customer_id')}::uuid[], ${columnOf(some, 'payee_account_id')}::uuid[],
      ${columnOf(some, 'amount_cents')}::bigint[], ${columnOf(some, 'currency')}::char(3)[])
    on conflict (customer_id, account_id, amount_cents, currency) do update set last_at = excluded.last_at`
}

/** One text for the payments of one series. */
export function seriesKey({ customer_id, payee_account_id, amount_cents, currency }: PaymentKey): string {
  return `${customer_id} ${payee_account_id} ${amount_cents} ${currency}`
}

/** Uses consents up, each for one transaction, for ever; answers the transactions that got theirs. */
export async function takeConsents(
  tx: Tx,
  uses: readonly { consent_id: Id; transaction_id: Id }[],
  now: Date,
): Promise<ReadonlySet<Id>> {
  if (uses.length === 0) return new Set()
  const sorted = uses.toSorted((a, b) => (a.consent_id < b.consent_id ? -1 : 1))
  const rows = await tx<{ transaction_id: Id }[]>`
    insert into used_consents (consent_id, transaction_id, used_at)
    select consent_id, transaction_id, ${now}
    from unnest(${textArray(sorted.map((use) => use.consent_id))}::uuid[], ${textArray(sorted.map((use) => use.transaction_id))}::uuid[])
      as use (consent_id, transaction_id)
    on conflict do nothing
    returning transaction_id`
  return new Set(rows.map((row) => row.transaction_id))
}

function columnOf(payments: readonly PaymentKey[], column: keyof PaymentKey): string {
  return textArray(payments.map((payment) => String(payment[column])))
}

/** The transactions that consents were used for, by consent; those that were never used are left out. */
export async function transactionsOfConsents(tx: Tx, consent_ids: readonly Id[]): Promise<ReadonlyMap<Id, Id>> {
  const rows = await tx<{ consent_id: Id; transaction_id: Id }[]>`
    select consent_id, transaction_id from used_consents where consent_id = any(${[...consent_ids]}::uuid[])`
  return new Map(rows.map(({ consent_id, transaction_id }) => [consent_id, transaction_id]))
}
