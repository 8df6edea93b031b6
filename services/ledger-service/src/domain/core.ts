import { Problem, unreachable } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountBalance, HoldRow, Side } from '../tables.ts'
import { move, requirePositive } from './account.ts'
import { type PositionedExchange, requireFittingLegs } from './exchange.ts'
import { captured, increased, notActive, requireActive, reserve, withoutRest } from './holds.ts'
import { countDebit } from './limits.ts'
import { periodClosed, reversalStands, unknownLine } from './refusals.ts'

/** One movement: the same amount of one currency out of one account and into the other. */
export interface Posting {
  readonly debit_account_id: string
  readonly credit_account_id: string
  readonly amount_cents: bigint
  readonly currency: string
}

export interface PostCommand {
  readonly kind: 'post'
  /** That of the transaction; its postings may have others. */
  readonly currency: string
  readonly postings: readonly Posting[]
  /** The hold that the amount is taken out of. */
  readonly hold_id: string | null
  /** What is left of the hold then is released. */
  readonly releases_rest: boolean
  /** Counts against the limits of the debited accounts; what a hold was placed for counted then. */
  readonly is_limited: boolean
  /** The day that it counts on; null: the business date. */
  readonly value_date: string | null
  /** Goes into a closed period: an approved adjustment, or a closing entry. */
  readonly passes_closing: boolean
  /** Books on accounts of the bank that are frozen: a closing entry empties a line that is not used any more. */
  readonly ignores_blocks?: boolean
  /** What one of its currencies was sold for another at. */
  readonly exchange: PositionedExchange | null
  /** The bank's own accounts that it may be the first to use, by id: they stand where the chart has the line. */
  readonly first_used?: ReadonlyMap<string, { readonly gl_code: string; readonly currency: string }>
}
/** What cannot be decided, because it names what is not there. */
export interface RefusedCommand {
  readonly kind: 'refused'
  readonly problem: Problem
}
export interface ReverseCommand {
  readonly kind: 'reverse'
  readonly original_id: string
}
export interface PlaceHoldCommand {
  readonly kind: 'place_hold'
  readonly hold_id: string
  readonly ledger_account_id: string
  readonly transaction_id: string
  readonly amount_cents: bigint
  readonly currency: string
  readonly expires_in_s: number
}
export interface IncreaseHoldCommand {
  readonly kind: 'increase_hold'
  readonly hold_id: string
  readonly amount_cents: bigint
  /** How long it lasts from now on at least; null: as long as before. */
  readonly expires_in_s: number | null
}
export interface ReleaseHoldCommand {
  readonly kind: 'release_hold'
  readonly hold_id: string
}
export type Command =
  | PostCommand
  | RefusedCommand
  | ReverseCommand
  | PlaceHoldCommand
  | IncreaseHoldCommand
  | ReleaseHoldCommand

/** A transaction in the journal, as far as its reversal must know it. */
export interface BookedTransaction {
  readonly currency: string
  readonly postings: readonly Posting[]
  /** What it undid itself: such a one stays. */
  readonly reversal_of: string | null
  readonly reversed_by: string | null
}

/** Everything a batch may touch, as loaded under its locks. What is not here does not exist. */
export interface Books {
  readonly accounts: ReadonlyMap<string, AccountBalance>
  readonly holds: ReadonlyMap<string, HoldRow>
  readonly transactions: ReadonlyMap<string, BookedTransaction>
}

/** Those that commands which reverse nothing must know. */
export const NO_TRANSACTIONS: Books['transactions'] = new Map<string, never>()

/** What a posting does to one account: its next sequence, the signed amount in the account's sense, and the balance after it. */
export interface Entry {
  readonly ledger_account_id: string
  readonly sequence: number
  readonly side: Side
  readonly signed_cents: bigint
  readonly balance_cents: bigint
}

export type Outcome =
  | {
      readonly kind: 'booked'
      readonly currency: string
      readonly postings: readonly Posting[]
      /** Two per posting, debit first. */
      readonly entries: readonly Entry[]
      /** The hold as the capture left it, and how much that took. */
      readonly captured: HoldRow | null
      readonly taken_cents: bigint
    }
  | { readonly kind: 'held'; readonly hold: HoldRow }
  | { readonly kind: 'released'; readonly hold: HoldRow; readonly was_active: boolean }
  | { readonly kind: 'refused'; readonly problem: Problem }

export interface Applied {
  /** One per command, in order. */
  readonly outcomes: readonly Outcome[]
  /** The accounts and holds that changed, in their last state. */
  readonly accounts: ReadonlyMap<string, AccountBalance>
  readonly holds: ReadonlyMap<string, HoldRow>
}

/** When commands are decided: the moment, and the business date, which lags behind while a day is being closed. */
export interface BookingTime {
  readonly booked_at: Date
  readonly business_date: string
  /** The last day of the last closed month: nothing is booked on a value date up to it; null while none is closed. */
  readonly closed_through: string | null
}

/** True where a value date lies in a closed period. */
export function isClosed(value_date: string, { closed_through }: Pick<BookingTime, 'closed_through'>): boolean {
  return closed_through !== null && value_date <= closed_through
}

/** The books as the commands so far have left them. A command drafts its changes and they are taken over when it succeeds. */
interface Work {
  readonly books: Books
  readonly time: BookingTime
  readonly accounts: Map<string, AccountBalance>
  readonly holds: Map<string, HoldRow>
  readonly reversed: Set<string>
}
type Draft = Map<string, AccountBalance>

/**
 * Decides commands one after another against the books, at a time of the books. Each has its own verdict; a refused command leaves no
 * trace in what the next one sees. Pure: the books given are not changed, and the same input gives the same outcome.
 */
export function apply(books: Books, commands: readonly Command[], time: BookingTime): Applied {
  const work: Work = { books, time, accounts: new Map(), holds: new Map(), reversed: new Set() }
  const outcomes = commands.map((command): Outcome => {
    try {
      return decide(work, command)
    } catch (error) {
      if (error instanceof Problem) return { kind: 'refused', problem: error }
      throw error
    }
  })
  return { outcomes, accounts: work.accounts, holds: work.holds }
}

function decide(work: Work, command: Command): Outcome {
  switch (command.kind) {
    case 'post':
      return post(work, command)
    case 'refused':
      return command
    case 'reverse':
      return reverse(work, command)
    case 'place_hold':
      return placeHold(work, command)
    case 'increase_hold':
      return increaseHold(work, command)
    case 'release_hold':
      return releaseHold(work, command)
    default:
      return unreachable(command)
  }
}

function post(work: Work, command: PostCommand): Outcome {
  const { currency, postings, hold_id, is_limited, value_date, exchange } = command
  if (value_date !== null && !command.passes_closing && isClosed(value_date, work.time))
    throw periodClosed(value_date, work.time)
  if (exchange !== null) requireFittingLegs(exchange, postings)
  for (const [id, line] of command.first_used ?? []) if (!work.books.accounts.has(id)) throw unknownLine(line)
  const draft: Draft = new Map()
  const taken_cents = hold_id === null ? 0n : takenOutOf(work, hold_id, postings)
  const hold = hold_id === null ? null : capture(work, draft, { ...command, hold_id, taken_cents })
  const entries = book(work, draft, postings, { ignoresBlocks: command.ignores_blocks === true })
  if (is_limited && hold_id === null) countPostings(work, draft, postings)
  keep(work, draft, hold)
  return { kind: 'booked', currency, postings, entries, captured: hold, taken_cents }
}

/** The opposite of a booked transaction, once and for good: a reversal is not reversed. A block stops the customer, not the bank's correction of its own books; a closed account does. */
function reverse(work: Work, { original_id }: ReverseCommand): Outcome {
  const original = work.books.transactions.get(original_id)
  if (original === undefined)
    throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND, { detail: `No transaction ${original_id} was booked` })
  if (original.reversal_of !== null) throw reversalStands(original_id, original)
  if (original.reversed_by !== null || work.reversed.has(original_id))
    throw new Problem(problems.ALREADY_REVERSED, {
      detail: `Transaction ${original_id} was reversed before`,
      extra: original.reversed_by === null ? {} : { reversed_by: original.reversed_by },
    })
  const postings = original.postings.toReversed().map((posting) => ({
    debit_account_id: posting.credit_account_id,
    credit_account_id: posting.debit_account_id,
    amount_cents: posting.amount_cents,
    currency: posting.currency,
  }))
  const draft: Draft = new Map()
  const entries = book(work, draft, postings, { ignoresBlocks: true })
  keep(work, draft, null)
  work.reversed.add(original_id)
  return { kind: 'booked', currency: original.currency, postings, entries, captured: null, taken_cents: 0n }
}

function placeHold(work: Work, command: PlaceHoldCommand): Outcome {
  const { ledger_account_id, amount_cents, currency } = command
  const { booked_at, business_date } = work.time
  const account = reserve(accountOf(work, undefined, ledger_account_id, currency), amount_cents, business_date)
  const hold: HoldRow = {
    hold_id: command.hold_id,
    ledger_account_id,
    transaction_id: command.transaction_id,
    amount_cents,
    captured_cents: 0n,
    currency,
    status: 'ACTIVE',
    expires_at: new Date(booked_at.getTime() + command.expires_in_s * 1000),
    placed_at: booked_at,
    business_date,
    increase_dates: null,
    increases_cents: null,
  }
  work.accounts.set(ledger_account_id, account)
  work.holds.set(hold.hold_id, hold)
  return { kind: 'held', hold }
}

/** Reserves more under a hold that stands, by the rules of a new one. */
function increaseHold(work: Work, { hold_id, amount_cents, expires_in_s }: IncreaseHoldCommand): Outcome {
  const { booked_at, business_date } = work.time
  const hold = requireActive(hold_id, holdOf(work, hold_id), work.time)
  const account = accountOf(work, undefined, hold.ledger_account_id, hold.currency)
  const reserved = reserve(account, amount_cents, business_date)
  const expires_at = expires_in_s === null ? null : new Date(booked_at.getTime() + expires_in_s * 1000)
  const changed = increased(hold, amount_cents, { expires_at, business_date })
  work.accounts.set(hold.ledger_account_id, reserved)
  work.holds.set(hold_id, changed)
  return { kind: 'held', hold: changed }
}

/** Gives back what is left of a hold, expired or not; one that ended already stays as it ended. */
function releaseHold(work: Work, { hold_id }: ReleaseHoldCommand): Outcome {
  const hold = holdOf(work, hold_id)
  if (hold === undefined) throw new Problem(problems.HOLD_NOT_FOUND, { detail: `There is no hold ${hold_id}` })
  if (hold.status !== 'ACTIVE') return { kind: 'released', hold, was_active: false }
  const account = accountOf(work, undefined, hold.ledger_account_id, hold.currency)
  const released: HoldRow = { ...hold, status: 'RELEASED' }
  work.accounts.set(hold.ledger_account_id, withoutRest(account, hold, work.time.business_date))
  work.holds.set(hold_id, released)
  return { kind: 'released', hold: released, was_active: true }
}

/** How much the postings move out of the account of a hold; a hold on none of their accounts is refused. */
function takenOutOf(work: Work, hold_id: string, postings: readonly Posting[]): bigint {
  const hold = requireActive(hold_id, holdOf(work, hold_id), work.time)
  const { ledger_account_id: id } = hold
  const isTouched = (posting: Posting): boolean => posting.debit_account_id === id || posting.credit_account_id === id
  const elsewhere = `Hold ${hold_id} is not on an account that this takes money from`
  if (!postings.some(isTouched)) throw notActive(hold_id, elsewhere)
  const account = accountOf(work, undefined, id, hold.currency)
  const outgoing = account.normal_side === 'CREDIT' ? 'debit_account_id' : 'credit_account_id'
  let taken_cents = 0n
  for (const posting of postings) if (posting[outgoing] === id) taken_cents += posting.amount_cents
  if (taken_cents === 0n) throw notActive(hold_id, elsewhere)
  return taken_cents
}

/** Frees what is taken for the postings; returns the hold as it is left. */
function capture(
  work: Work,
  draft: Draft,
  { hold_id, taken_cents, releases_rest }: { hold_id: string; taken_cents: bigint; releases_rest: boolean },
): HoldRow {
  const hold = holdOf(work, hold_id) as HoldRow
  const account = accountOf(work, draft, hold.ledger_account_id, hold.currency)
  const { business_date } = work.time
  const after = captured(account, hold, { taken_cents, releases_rest, business_date })
  draft.set(hold.ledger_account_id, after.account)
  return after.hold
}

/** Counts what the postings take out of customers' accounts; the bank's own have no limits. */
function countPostings(work: Work, draft: Draft, postings: readonly Posting[]): void {
  for (const { debit_account_id, amount_cents, currency } of postings) {
    const account = accountOf(work, draft, debit_account_id, currency)
    if (account.normal_side === 'CREDIT')
      draft.set(debit_account_id, countDebit(account, amount_cents, work.time.business_date))
  }
}

/** Postings in their order; none may take an account under its floor, so every balance in the history respects it. */
function book(
  work: Work,
  draft: Draft,
  postings: readonly Posting[],
  { ignoresBlocks }: { ignoresBlocks: boolean },
): Entry[] {
  const entries: Entry[] = []
  const enter = (id: string, side: Side, amount: bigint, currency: string): void => {
    const account = accountOf(work, draft, id, currency)
    const signed_cents = account.normal_side === side ? amount : -amount
    const after = move(account, signed_cents, ignoresBlocks)
    draft.set(id, after)
    const { entry_count: sequence, ledger_balance_cents: balance_cents } = after
    entries.push({ ledger_account_id: id, sequence, side, signed_cents, balance_cents })
  }
  for (const { debit_account_id, credit_account_id, amount_cents, currency } of postings) {
    requirePositive(amount_cents)
    if (debit_account_id === credit_account_id)
      throw new Problem(problems.SAME_ACCOUNT, { detail: `Account ${debit_account_id} stands on both sides` })
    enter(debit_account_id, 'DEBIT', amount_cents, currency)
    enter(credit_account_id, 'CREDIT', amount_cents, currency)
  }
  return entries
}

function keep(work: Work, draft: Draft, hold: HoldRow | null): void {
  for (const [id, account] of draft) work.accounts.set(id, account)
  if (hold !== null) work.holds.set(hold.hold_id, hold)
}

function accountOf(work: Work, draft: Draft | undefined, id: string, currency: string): AccountBalance {
  const account = draft?.get(id) ?? work.accounts.get(id) ?? work.books.accounts.get(id)
  if (account === undefined)
    throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND, {
      detail: `The ledger has no account ${id}`,
      extra: { ledger_account_id: id },
    })
  if (account.currency !== currency)
    throw new Problem(problems.CURRENCY_MISMATCH, {
      detail: `Account ${id} is kept in ${account.currency}, not in ${currency}`,
      extra: { ledger_account_id: id, currency: account.currency },
    })
  return account
}

function holdOf(work: Work, hold_id: string): HoldRow | undefined {
  return work.holds.get(hold_id) ?? work.books.holds.get(hold_id)
}
