import type { Payment } from './journal.ts'

/** A transaction of a load, as transaction-service keeps it. */
export interface KeptTransaction {
  readonly key: string
  readonly transaction_id: string
  readonly stage: string
  readonly source: string
  readonly destination: string
  readonly currency: string
  readonly amount_cents: bigint
  readonly failure_code: string | null
}

/** What the ledger booked for a transaction of transaction-service: its postings, and how its entries changed each account. */
export interface KeptBooking {
  readonly transaction_id: string
  readonly ledger_transaction_id: string
  readonly debits: readonly string[]
  readonly credits: readonly string[]
  readonly amounts_cents: readonly bigint[]
  readonly currency: string
  readonly entries: readonly { readonly account: string; readonly signed_cents: bigint }[]
}

/** What the bank holds after a load, and what it held on the payers' accounts before. */
export interface Kept {
  readonly transactions: readonly KeptTransaction[]
  readonly bookings: readonly KeptBooking[]
  readonly before: ReadonlyMap<string, bigint>
  readonly after: ReadonlyMap<string, bigint>
}

/** What is wrong, in words, and the money that it is about: 0 where nothing is. */
export interface Violations {
  readonly lines: readonly string[]
  readonly lost_cents: bigint
}

/** How a transfer may have ended, and how many bookings each end has. */
const ENDS: Readonly<Record<string, number>> = { COMPLETED: 1, FAILED: 0, CANCELLED: 0 }

/** Compares what customers were told with what the bank holds: nothing confirmed is lost or doubled, all has ended, and no cent appears or vanishes. */
export function violationsOf(payments: readonly Payment[], kept: Kept): Violations {
  const bookings = Map.groupBy(kept.bookings, ({ transaction_id }) => transaction_id)
  const byKey = Map.groupBy(kept.transactions, ({ key }) => key)
  const lines: string[] = []
  let lost_cents = 0n
  const blame = (cents: bigint, line: string): void => {
    lines.push(line)
    lost_cents += cents < 0n ? -cents : cents
  }
  for (const payment of payments) blameKey(payment, byKey.get(payment.key) ?? [], blame)
  const wanted = new Set(payments.map(({ key }) => key))
  for (const made of kept.transactions) {
    if (!wanted.has(made.key)) blame(made.amount_cents, `${made.transaction_id} is there, and nobody asked for it`)
    blameEnd(made, bookings.get(made.transaction_id) ?? [], blame)
  }
  blameBalances(kept, blame)
  return { lines, lost_cents }
}

type Blame = (cents: bigint, line: string) => void

function blameKey(payment: Payment, made: readonly KeptTransaction[], blame: Blame): void {
  const { key, transaction_id } = payment
  const cents = BigInt(payment.amount_cents)
  if (transaction_id === undefined) blame(0n, `${key} was never confirmed in ${payment.attempts.length} attempts`)
  if (transaction_id !== undefined && made.length === 0)
    blame(cents, `${key} was confirmed as ${transaction_id} and is lost`)
  if (made.length > 1) blame(cents * BigInt(made.length - 1), `${key} is there ${made.length} times`)
  for (const one of made) {
    if (transaction_id !== undefined && made.length === 1 && one.transaction_id !== transaction_id)
      blame(cents, `${key} was confirmed as ${transaction_id} and is ${one.transaction_id}`)
    const asked = [payment.source, payment.destination, payment.currency, cents].join()
    if ([one.source, one.destination, one.currency, one.amount_cents].join() !== asked)
      blame(cents, `${one.transaction_id} is not what ${key} asked for`)
  }
}

function blameEnd(made: KeptTransaction, bookings: readonly KeptBooking[], blame: Blame): void {
  const { transaction_id, stage, amount_cents } = made
  const due = ENDS[stage]
  if (due === undefined) {
    blame(0n, `${transaction_id} has not ended: ${stage}`)
    return
  }
  if (bookings.length !== due)
    blame(
      amount_cents * BigInt(Math.abs(bookings.length - due)),
      `${transaction_id} is ${stage} and booked ${bookings.length} times`,
    )
  for (const booking of bookings) {
    const posted = [booking.debits, booking.credits, booking.amounts_cents, booking.currency].join()
    if (posted !== [made.source, made.destination, amount_cents, made.currency].join())
      blame(amount_cents, `${booking.ledger_transaction_id} books something else than ${transaction_id}`)
    const entries = booking.entries.map(({ account, signed_cents }) => `${account} ${signed_cents}`).toSorted()
    const pair = [`${made.source} -${amount_cents}`, `${made.destination} ${amount_cents}`].toSorted()
    if (entries.join() !== pair.join())
      blame(amount_cents, `${booking.ledger_transaction_id} has not one pair of entries: ${entries.join(', ')}`)
  }
}

function blameBalances({ transactions, before, after }: Kept, blame: Blame): void {
  const due = new Map(before)
  const add = (account: string, cents: bigint): void => void due.set(account, (due.get(account) ?? 0n) + cents)
  for (const { stage, source, destination, amount_cents } of transactions) {
    if (stage !== 'COMPLETED') continue
    add(source, -amount_cents)
    add(destination, amount_cents)
  }
  for (const [account, cents] of due) {
    const held = after.get(account) ?? 0n
    if (held !== cents) blame(held - cents, `${account} holds ${held} and should hold ${cents}`)
  }
}

/** Findings that differ only in ids and amounts are one line, with how many there are and the first of them: thousands are read as a few. */
export function kindsOf(lines: readonly string[]): string[] {
  const kinds = Map.groupBy(lines, (line) => line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#'))
  return [...kinds.values()].map((same) => `${same.length} × ${same[0]}`)
}
