import { encode } from '#libs/json/json.ts'
import type { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { decideSpending, type SpendingLimit, spentKey } from '../domain/spending-limits.ts'

/** A payment that wants to begin under limits; most have none. */
export interface LimitedPayment {
  transaction_id: string
  amount_cents: bigint
  currency: string
  limits: readonly SpendingLimit[]
}

/**
 * Decides for a batch which payments are beyond the limits of their payers, in the order of the batch: a refusal, or undefined. Holders are locked in
 * the order of their names until the transaction ends, so that parallel payments are counted one by one. No statement where nobody has limits.
 */
export async function refuseBeyondLimits(
  tx: Tx,
  payments: readonly LimitedPayment[],
  business_date: string,
): Promise<(Problem | undefined)[]> {
  const holders = [...new Set(payments.flatMap(({ limits }) => limits.map(({ holder }) => holder)))].sort()
  if (holders.length === 0) return payments.map(() => undefined)
  const names = textArray(holders)
  await tx`select pg_advisory_xact_lock(hashtextextended('spending ' || holder, 0)) from unnest(${names}::text[]) as holder`
  // A statement of its own: it sees what those before it have committed.
  const rows = await tx<{ holder: string; currency: string; spent_cents: bigint }[]>`
    select l.holder, l.currency, sum(l.amount_cents)::bigint as spent_cents
    from limited_payments l join transactions t using (transaction_id)
    where l.holder = any(${names}::text[]) and l.business_date = ${business_date} and t.status not in ('FAILED', 'CANCELLED')
    group by l.holder, l.currency`
  const spent = new Map(rows.map(({ holder, currency, spent_cents }) => [spentKey(holder, currency), spent_cents]))
  return payments.map((payment) => decideSpending(payment, payment.limits, spent))
}

/** Remembers payments that began under limits, and forgets those of days before. */
export async function rememberLimited(
  tx: Tx,
  payments: readonly LimitedPayment[],
  business_date: string,
): Promise<void> {
  const rows = payments.flatMap(({ transaction_id, amount_cents, currency, limits }) =>
    limits.map(({ holder }) => ({ holder, currency, business_date, transaction_id, amount_cents })),
  )
  if (rows.length === 0) return
  await tx`
    insert into limited_payments (holder, currency, business_date, transaction_id, amount_cents)
    select holder, currency, business_date, transaction_id, amount_cents
    from json_to_recordset(${encode(rows)}::text::json)
      as row (holder text, currency text, business_date date, transaction_id uuid, amount_cents bigint)`
  await tx`
    delete from limited_payments
    where holder = any(${textArray(rows.map(({ holder }) => holder))}::text[]) and business_date < ${business_date}`
}
