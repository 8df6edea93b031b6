import type { Clock } from '#libs/clock/clock.ts'
import type { NewEvent } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import {
  apply,
  type IncreaseHoldCommand,
  NO_TRANSACTIONS,
  type PlaceHoldCommand,
  type ReleaseHoldCommand,
} from '../domain/core.ts'
import type { HoldRow } from '../tables.ts'
import { lockAccounts, writeAccounts } from './accounts.ts'
import { bookingTime } from './bank-clock.ts'
import { holdReply, lockAccountsOfHolds, lockHolds, writeHolds } from './holds.ts'

interface Context {
  tx: Tx
  clock: Clock
  own: Own
}

/** New holds on accounts, or commands to holds that stand: a batch is of one kind, so that its accounts are locked by one statement. */
type HoldCommands = readonly PlaceHoldCommand[] | readonly (IncreaseHoldCommand | ReleaseHoldCommand)[]

/** Carries out commands about holds, each with its own verdict, and tells of each hold that one changed what `eventOf` makes of it. */
export async function commandHolds(
  commands: HoldCommands,
  { tx, clock, own }: Context,
  eventOf: (hold: HoldRow, i: number) => NewEvent,
) {
  const accountIds = commands.flatMap((command) => (command.kind === 'place_hold' ? [command.ledger_account_id] : []))
  const holdIds = commands.flatMap((command) => (command.kind === 'place_hold' ? [] : [command.hold_id]))
  const [accounts, holds, timeNow] = await Promise.all([
    holdIds.length === 0 ? lockAccounts(tx, accountIds) : lockAccountsOfHolds(tx, holdIds),
    lockHolds(tx, holdIds),
    bookingTime(tx, own, clock),
  ])
  const decided = apply({ accounts, holds, transactions: NO_TRANSACTIONS }, commands, timeNow())
  const events: NewEvent[] = []
  const verdicts = decided.outcomes.map((outcome, i) => {
    if (outcome.kind === 'refused') return { problem: outcome.problem }
    if (outcome.kind === 'booked') throw new Error('a command about a hold booked something')
    if (outcome.kind === 'held' || outcome.was_active) events.push(eventOf(outcome.hold, i))
    return { reply: holdReply(outcome.hold) }
  })
  await Promise.all([
    writeAccounts(tx, decided.accounts),
    writeHolds(tx, decided.holds.values()),
    publishAll(tx, events),
  ])
  return verdicts
}
