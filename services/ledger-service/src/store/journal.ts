import { ledgerHoldCaptured, ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import type { Id } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { BookingTime, Outcome, Posting } from '../domain/core.ts'
import { adjustmentOf } from '../domain/proposals.ts'
import type { JournalRow } from '../tables.ts'
import { arrayLiteral, nestedLiteral, nullableArrayLiteral, nullableNestedLiteral } from './array-literal.ts'
import type { Booking } from './booking.ts'
import { writePlainJournal } from './plain-journal.ts'

/** Writes transactions, their entries and whom they reverse. Each statement leaves as soon as its columns are made, none waits for another. */
export async function writeJournal(tx: Tx, bookings: readonly Booking[], time: BookingTime): Promise<void> {
  const others = bookings.filter((booking) => !isPlain(booking))
  await Promise.all([
    writePlainJournal(tx, others.length === 0 ? bookings : bookings.filter(isPlain), time),
    writeTransactions(tx, others, time),
    writeEntries(tx, others, time),
    writeReversals(tx, bookings),
  ])
}

/** One posting and nothing that few transactions have: what those have needs columns that the plain form does not write. */
function isPlain(booking: Booking): boolean {
  const { outcome, exchange, metadata } = booking
  const isOne = outcome.postings.length === 1 && outcome.postings[0]?.currency === outcome.currency
  return isOne && exchange === null && metadata === null && adjustedBy(booking) === null
}

async function writeTransactions(
  tx: Tx,
  bookings: readonly Booking[],
  { booked_at, business_date }: BookingTime,
): Promise<void> {
  if (bookings.length === 0) return
  const wordsOf = (field: 'step' | 'business_event' | 'reference' | 'description'): string =>
    textArray(bookings.map((booking) => booking[field]))
  const of = (field: 'ledger_transaction_id' | 'transaction_id' | 'value_date'): string =>
    arrayLiteral(bookings.map((booking) => booking[field]))
  const nested = (field: Exclude<keyof Posting, 'currency'>): string =>
    nestedLiteral(bookings.map(({ outcome }) => outcome.postings.map((posting) => posting[field])))
  const ofEntries = (field: 'sequence' | 'balance_cents'): string =>
    nestedLiteral(bookings.map(({ outcome }) => outcome.entries.map((entry) => entry[field])))
  const rare = rareColumns(bookings)
  await tx`
    insert into journal_transactions (ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
      debit_account_ids, credit_account_ids, amounts_cents, value_date, business_date, booked_at, hold_id, reversal_of, user_id, correlation_id, is_limited,
      sequences, balances_cents, adjustment_id, currencies, exchange, metadata)
    select ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency,
      debit_account_ids::uuid[], credit_account_ids::uuid[], amounts_cents::bigint[], value_date, ${business_date}::date, ${booked_at}::timestamptz,
      hold_id, reversal_of, user_id, correlation_id, is_limited, sequences::bigint[], balances_cents::bigint[], adjustment_id,
      currencies::text[], exchange, metadata
    from unnest(${of('ledger_transaction_id')}::uuid[], ${arrayLiteral(bookings.map((one) => one.caller.service ?? ''))}::text[],
      ${of('transaction_id')}::uuid[], ${wordsOf('step')}::text[], ${wordsOf('business_event')}::text[],
      ${wordsOf('reference')}::text[],
      ${wordsOf('description')}::text[],
      ${arrayLiteral(bookings.map((one) => one.outcome.currency))}::text[], ${nested('debit_account_id')}::text[],
      ${nested('credit_account_id')}::text[], ${nested('amount_cents')}::text[], ${of('value_date')}::date[],
      ${nullableArrayLiteral(bookings.map((one) => one.hold_id))}::uuid[],
      ${nullableArrayLiteral(bookings.map((one) => one.reversal_of))}::uuid[],
      ${textArray(bookings.map((one) => one.caller.sub))}::text[],
      ${textArray(bookings.map((one) => one.trace.correlation_id))}::text[],
      ${arrayLiteral(bookings.map((one) => (one.is_limited ? 't' : 'f')))}::boolean[],
      ${ofEntries('sequence')}::text[], ${ofEntries('balance_cents')}::text[], ${nullableArrayLiteral(bookings.map(adjustedBy))}::uuid[],
      ${rare.currencies}::text[], ${rare.exchange}::jsonb[], ${rare.metadata}::jsonb[])
      as booked (ledger_transaction_id, source, transaction_id, step, business_event, reference, description, currency, debit_account_ids,
        credit_account_ids, amounts_cents, value_date, hold_id, reversal_of, user_id, correlation_id, is_limited, sequences, balances_cents, adjustment_id,
        currencies, exchange, metadata)`
}

function adjustedBy({ caller, step, transaction_id }: Booking): Id | null {
  return adjustmentOf(caller.service, step, transaction_id)
}

/** What few transactions have. Where none of a batch has it, nothing is sent: an array without members is filled up with nulls by the server. */
function rareColumns(bookings: readonly Booking[]): { currencies: string; exchange: string; metadata: string } {
  const isMixed = ({ outcome }: Booking): boolean =>
    outcome.postings.some((posting) => posting.currency !== outcome.currency)
  const json = (field: 'exchange' | 'metadata'): string =>
    bookings.every((booking) => booking[field] === null)
      ? '{}'
      : textArray(bookings.map((booking) => (booking[field] === null ? null : encode(booking[field]))))
  const currenciesOf = (booking: Booking): string[] | null =>
    isMixed(booking) ? booking.outcome.postings.map((posting) => posting.currency) : null
  return {
    currencies: bookings.some(isMixed) ? nullableNestedLiteral(bookings.map(currenciesOf)) : '{}',
    exchange: json('exchange'),
    metadata: json('metadata'),
  }
}

async function writeEntries(tx: Tx, bookings: readonly Booking[], { business_date }: BookingTime): Promise<void> {
  if (bookings.length === 0) return
  const accounts: string[] = []
  const sequences: number[] = []
  const transactions: Id[] = []
  const ordinals: number[] = []
  const sides: string[] = []
  const signed: bigint[] = []
  const balances: bigint[] = []
  const dates: (string | null)[] = []
  for (const { outcome, ledger_transaction_id, value_date } of bookings) {
    const shifted = value_date === business_date ? null : value_date
    for (const [i, entry] of outcome.entries.entries()) {
      accounts.push(entry.ledger_account_id)
      sequences.push(entry.sequence)
      transactions.push(ledger_transaction_id)
      ordinals.push(i + 1)
      sides.push(entry.side === 'DEBIT' ? 't' : 'f')
      signed.push(entry.signed_cents)
      balances.push(entry.balance_cents)
      dates.push(shifted)
    }
  }
  await tx`
    insert into entries (ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)
    select ledger_account_id, sequence, ${business_date}::date, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents,
      coalesce(value_date, ${business_date}::date)
    from unnest(${arrayLiteral(accounts)}::uuid[], ${arrayLiteral(sequences)}::bigint[], ${arrayLiteral(transactions)}::uuid[],
      ${arrayLiteral(ordinals)}::int[], ${arrayLiteral(sides)}::boolean[], ${arrayLiteral(signed)}::bigint[],
      ${arrayLiteral(balances)}::bigint[], ${nullableArrayLiteral(dates)}::date[])
      as entry (ledger_account_id, sequence, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date)`
}

async function writeReversals(tx: Tx, bookings: readonly Booking[]): Promise<void> {
  const reversals = bookings.filter((booking) => booking.reversal_of !== null)
  if (reversals.length === 0) return
  await tx`
    insert into reversals (original_id, reversal_id)
    select * from unnest(${arrayLiteral(reversals.map((one) => one.reversal_of as Id))}::uuid[],
      ${arrayLiteral(reversals.map((one) => one.ledger_transaction_id))}::uuid[])`
}

/** The events of a booked transaction: what moved, and the hold that it used up. */
export function eventsOf(booking: Booking, { booked_at }: BookingTime): NewEvent[] {
  const { outcome, ledger_transaction_id, transaction_id, business_event, value_date, reference, trace } = booking
  const { entries, postings, captured } = outcome
  const posted = occurred(
    ledgerTransactionPosted,
    {
      ledger_transaction_id,
      account_id: (postings[0] as Posting).debit_account_id,
      transaction_id,
      source: booking.caller.service ?? '',
      business_event,
      postings: entries.map((entry, i) => ({
        account_id: entry.ledger_account_id,
        sequence: entry.sequence,
        amount_cents: entry.signed_cents,
        currency: (postings[i >> 1] as Posting).currency,
        balance_cents: entry.balance_cents,
      })),
      value_date,
      booked_at: booked_at.toISOString(),
      reference,
      ...(booking.exchange === null ? NOTHING : { exchange: booking.exchange }),
      ...(booking.metadata === null ? NOTHING : { metadata: booking.metadata }),
    },
    trace,
  )
  if (captured === null) return [posted]
  const { hold_id, ledger_account_id: account_id, captured_cents, status } = captured
  const taken = { hold_id, account_id, amount_cents: outcome.taken_cents, ledger_transaction_id }
  const is_final = status !== 'ACTIVE'
  return [posted, occurred(ledgerHoldCaptured, { ...taken, captured_cents, is_final }, trace)]
}

const NOTHING = {}

/** A transaction just booked, as the contract answers it. */
function bookingReply(booking: Booking, { booked_at, business_date }: BookingTime) {
  const { outcome } = booking
  return {
    ledger_transaction_id: booking.ledger_transaction_id,
    transaction_id: booking.transaction_id,
    business_event: booking.business_event,
    reference: booking.reference,
    description: booking.description,
    currency: outcome.currency,
    postings: [...outcome.postings],
    value_date: booking.value_date,
    business_date,
    booked_at: booked_at.toISOString(),
    hold_id: booking.hold_id,
    exchange: booking.exchange,
    metadata: booking.metadata,
    reversal_of: booking.reversal_of,
    reversed_by: null as string | null,
  }
}

/** What each command is told: its transaction, or why there is none. Bookings are those of the outcomes that were booked, in order. */
export function verdictsOf(outcomes: readonly Outcome[], bookings: readonly Booking[], time: BookingTime) {
  let next = 0
  return outcomes.map((outcome) =>
    outcome.kind === 'refused'
      ? { problem: outcome.problem }
      : { reply: bookingReply(bookings[next++] as Booking, time) },
  )
}

/** A transaction of the journal, as the contract answers it. */
export function journalReply(row: JournalRow) {
  return {
    ledger_transaction_id: row.ledger_transaction_id,
    transaction_id: row.transaction_id,
    business_event: row.business_event,
    reference: row.reference,
    description: row.description,
    currency: row.currency,
    postings: postingsOf(row),
    value_date: row.value_date,
    business_date: row.business_date,
    booked_at: row.booked_at.toISOString(),
    hold_id: row.hold_id,
    exchange: row.exchange,
    metadata: row.metadata,
    reversal_of: row.reversal_of,
    reversed_by: row.reversed_by,
  }
}

/** The postings of a row, from its arrays. */
export function postingsOf(
  row: Pick<JournalRow, 'debit_account_ids' | 'credit_account_ids' | 'amounts_cents' | 'currency' | 'currencies'>,
): Posting[] {
  return row.amounts_cents.map((amount_cents, i) => ({
    debit_account_id: row.debit_account_ids[i] as string,
    credit_account_id: row.credit_account_ids[i] as string,
    amount_cents,
    currency: row.currencies?.[i] ?? row.currency,
  }))
}

/** Transactions by id with the reversal of each, in the order asked; undefined where none was booked. */
export async function findTransactions(sql: Queryable, ids: readonly string[]): Promise<(JournalRow | undefined)[]> {
  const rows = await sql<JournalRow[]>`
    select j.ledger_transaction_id, j.transaction_id, j.business_event, j.reference, j.description, j.currency, j.debit_account_ids,
      j.credit_account_ids, j.amounts_cents, j.currencies, j.exchange, j.metadata, j.value_date, j.business_date, j.booked_at, j.hold_id, j.reversal_of, r.reversal_id as reversed_by
    from journal_transactions j left join reversals r on r.original_id = j.ledger_transaction_id
    where j.ledger_transaction_id = any(${arrayLiteral(ids)}::uuid[])`
  const byId = new Map(rows.map((row) => [row.ledger_transaction_id, row]))
  return ids.map((id) => byId.get(id))
}
