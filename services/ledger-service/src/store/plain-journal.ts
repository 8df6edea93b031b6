import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { BookingTime, Entry, Posting } from '../domain/core.ts'
import { arrayLiteral, nullableArrayLiteral } from './array-literal.ts'
import type { Booking } from './booking.ts'

/**
 * Writes transactions of one posting each (nearly all are) with their two entries: one statement whose columns are read once for both tables,
 * and whose arrays the server builds itself. By row it costs the database a third less than the general form.
 */
export async function writePlainJournal(
  tx: Tx,
  bookings: readonly Booking[],
  { booked_at, business_date }: BookingTime,
): Promise<void> {
  if (bookings.length === 0) return
  const { ids, debits, credits } = columnsOf(bookings)
  const words = (field: 'step' | 'business_event' | 'reference' | 'description'): string =>
    textArray(bookings.map((booking) => booking[field]))
  // Null where it is the day of booking, which most share.
  const shifted = bookings.map(({ value_date }) => (value_date === business_date ? null : value_date))
  await tx`
    with booked as materialized (
      select id, source, transaction_id, step, business_event, reference, description, currency, debit, credit, amount, debit_sequence,
        credit_sequence, debit_signed, credit_signed, debit_balance, credit_balance, coalesce(value_date, ${business_date}::date) as value_date,
        hold_id, reversal_of, user_id, correlation_id, is_limited
      from unnest(${arrayLiteral(ids)}::uuid[], ${arrayLiteral(bookings.map((one) => one.caller.service ?? ''))}::text[],
        ${arrayLiteral(bookings.map((one) => one.transaction_id))}::uuid[], ${words('step')}::text[], ${words('business_event')}::text[],
        ${words('reference')}::text[], ${words('description')}::text[], ${arrayLiteral(bookings.map((one) => one.outcome.currency))}::text[],
        ${arrayLiteral(debits.map((entry) => entry.ledger_account_id))}::uuid[],
        ${arrayLiteral(credits.map((entry) => entry.ledger_account_id))}::uuid[],
        ${arrayLiteral(bookings.map((one) => (one.outcome.postings[0] as Posting).amount_cents))}::bigint[],
        ${arrayLiteral(debits.map((entry) => entry.sequence))}::bigint[], ${arrayLiteral(credits.map((entry) => entry.sequence))}::bigint[],
        ${arrayLiteral(debits.map((entry) => entry.signed_cents))}::bigint[], ${arrayLiteral(credits.map((entry) => entry.signed_cents))}::bigint[],
        ${arrayLiteral(debits.map((entry) => entry.balance_cents))}::bigint[],
        ${arrayLiteral(credits.map((entry) => entry.balance_cents))}::bigint[], ${nullableArrayLiteral(shifted)}::date[],
        ${nullableArrayLiteral(bookings.map((one) => one.hold_id))}::uuid[],
        ${nullableArrayLiteral(bookings.map((one) => one.reversal_of))}::uuid[], ${textArray(bookings.map((one) => one.caller.sub))}::text[],
        ${textArray(bookings.map((one) => one.trace.correlation_id))}::text[],
        ${arrayLiteral(bookings.map((one) => (one.is_limited ? 't' : 'f')))}::boolean[])
        as booked (id, source, transaction_id, step, business_event, reference, description, currency, debit, credit, amount, debit_sequence,
          credit_sequence, debit_signed, credit_signed, debit_balance, credit_balance, value_date, hold_id, reversal_of, user_id,
          correlation_id, is_limited)),
    journal as (
      insert into journal_transactions (ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
        debit_account_ids, credit_account_ids, amounts_cents, value_date, business_date, booked_at, hold_id, reversal_of, user_id,
        correlation_id, is_limited, sequences, balances_cents)
      select id, source, transaction_id, step, business_event, reference, description, currency, array[debit], array[credit], array[amount],
        value_date, ${business_date}::date, ${booked_at}::timestamptz, hold_id, reversal_of, user_id, correlation_id, is_limited,
        array[debit_sequence, credit_sequence], array[debit_balance, credit_balance]
      from booked)
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select entry.account, entry.sequence, ${business_date}::date, id, entry.ordinal, entry.is_debit, entry.signed, entry.balance, value_date
    from booked cross join lateral (values
      (1, true, debit, debit_sequence, debit_signed, debit_balance),
      (2, false, credit, credit_sequence, credit_signed, credit_balance)) as entry (ordinal, is_debit, account, sequence, signed, balance)`
}

/** The debit and the credit entry of each booking. */
function columnsOf(bookings: readonly Booking[]): { ids: string[]; debits: Entry[]; credits: Entry[] } {
  const ids: string[] = []
  const debits: Entry[] = []
  const credits: Entry[] = []
  for (const { ledger_transaction_id, outcome } of bookings) {
    ids.push(ledger_transaction_id)
    debits.push(outcome.entries[0] as Entry)
    credits.push(outcome.entries[1] as Entry)
  }
  return { ids, debits, credits }
}
