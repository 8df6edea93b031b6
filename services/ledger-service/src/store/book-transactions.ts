import type { Clock } from '#libs/clock/clock.ts'
import type { Caller, Trace } from '#libs/contract/client.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import {
  apply,
  type BookingTime,
  NO_TRANSACTIONS,
  type Outcome,
  type PostCommand,
  type RefusedCommand,
} from '../domain/core.ts'
import { lockAccounts, writeAccounts } from './accounts.ts'
import { bookingTime } from './bank-clock.ts'
import type { Booking } from './booking.ts'
import { lockHolds, writeHolds } from './holds.ts'
import { eventsOf, verdictsOf, writeJournal } from './journal.ts'
import { commandsOf, type Wish } from './posting-commands.ts'

/** A wish with the id that its transaction gets, and whose it is. */
export interface PlacedWish extends Wish {
  readonly id: string
  readonly caller: Caller
  readonly trace: Trace
}

interface Context {
  tx: Tx
  clock: Clock
  own: Own
}

/** Books what was wished for, each with its own verdict, in one transaction for all; also what became of each in the core. */
export async function bookTransactions(wishes: readonly PlacedWish[], { tx, clock, own }: Context) {
  const commands = await commandsOf(tx, own, wishes, clock.bank.now())
  const [accounts, holds, timeNow] = await Promise.all([
    lockAccounts(tx, accountsOf(commands), { isCounting: commands.some(isCounted) }),
    lockHolds(tx, holdsOf(commands)),
    bookingTime(tx, own, clock),
  ])
  // The time is taken under the locks, so that it rises along an account's history.
  const time = timeNow()
  const decided = apply({ accounts, holds, transactions: NO_TRANSACTIONS }, commands, time)
  const bookings: Booking[] = []
  for (const [i, outcome] of decided.outcomes.entries())
    if (outcome.kind === 'booked')
      bookings.push(bookingOf(wishes[i] as PlacedWish, commands[i] as PostCommand, outcome, time))
  // The database works from here on: events and answers are made while it does.
  const written = Promise.all([
    writeJournal(tx, bookings, time),
    writeAccounts(tx, decided.accounts, accounts),
    writeHolds(tx, decided.holds.values()),
    publishAll(
      tx,
      bookings.flatMap((booking) => eventsOf(booking, time)),
    ),
  ])
  const verdicts = verdictsOf(decided.outcomes, bookings, time)
  await written
  return { verdicts, outcomes: decided.outcomes as readonly Outcome[] }
}

/** What may change what counts against limits. */
function isCounted(command: PostCommand | RefusedCommand): boolean {
  return command.kind === 'post' && (command.is_limited || command.hold_id !== null)
}

/** The accounts that commands touch. */
export function accountsOf(commands: readonly (PostCommand | RefusedCommand)[]): Set<string> {
  const ids = new Set<string>()
  for (const command of commands) {
    if (command.kind === 'refused') continue
    for (const posting of command.postings) ids.add(posting.debit_account_id).add(posting.credit_account_id)
  }
  return ids
}

/** The holds that commands take something out of. */
export function holdsOf(commands: readonly (PostCommand | RefusedCommand)[]): string[] {
  return commands.flatMap((command) => (command.kind === 'post' && command.hold_id !== null ? [command.hold_id] : []))
}

function bookingOf(
  { id, caller, trace, body }: PlacedWish,
  { hold_id, is_limited }: PostCommand,
  outcome: Booking['outcome'],
  { business_date }: BookingTime,
): Booking {
  return {
    ledger_transaction_id: id,
    caller,
    trace,
    transaction_id: body.transaction_id,
    step: body.step,
    business_event: body.business_event,
    reference: body.reference,
    description: body.description,
    value_date: body.value_date ?? business_date,
    hold_id,
    is_limited: is_limited && hold_id === null,
    reversal_of: null,
    exchange: body.exchange ?? null,
    metadata: body.metadata ?? null,
    outcome,
  }
}
