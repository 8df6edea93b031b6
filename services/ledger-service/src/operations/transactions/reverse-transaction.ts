import { reverseTransaction as contract } from '#contracts/api/ledger.ts'
import type { Member } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { implementBatched } from '../../config.ts'
import { apply, type BookingTime, isClosed } from '../../domain/core.ts'
import { accountsTouchedBy } from '../../owners.ts'
import { lockAccounts, writeAccounts } from '../../store/accounts.ts'
import { bookingTime } from '../../store/bank-clock.ts'
import type { Booking } from '../../store/booking.ts'
import { eventsOf, findTransactions, journalReply, verdictsOf, writeJournal } from '../../store/journal.ts'
import { bookedTransactions, findReversals } from '../../store/reversals.ts'
import { stepKeys } from '../../store/steps.ts'
import type { JournalRow } from '../../tables.ts'

/**
 * Books the opposite of transactions, once each, with the value date of what they undo; where that lies in a closed period, with today's: what was
 * reported stays, and a customer's money comes back all the same.
 */
export const reverseTransaction = implementBatched(contract, {
  keys: stepKeys(contract),
  mint: ({ own }) => own.mintBankId(),

  async decideMany(members, { tx, clock, own }) {
    const commands = members.map(({ input }) => ({
      kind: 'reverse' as const,
      original_id: input.params.ledger_transaction_id,
    }))
    const originalIds = commands.map((command) => command.original_id)
    const originals = (await findTransactions(tx, originalIds)).filter((row) => row !== undefined)
    // Whoever reverses the same transaction takes the same locks, so what is read after them is the last word.
    const [accounts, reversals, timeNow] = await Promise.all([
      lockAccounts(tx, originals.flatMap(accountsTouchedBy)),
      findReversals(tx, originalIds),
      bookingTime(tx, own, clock),
    ])
    const transactions = bookedTransactions(originals, reversals)
    const time = timeNow()
    const decided = apply({ accounts, holds: new Map(), transactions }, commands, time)
    const originalOf = new Map(originals.map((row) => [row.ledger_transaction_id, row]))
    const bookings = decided.outcomes.flatMap((outcome, i) =>
      outcome.kind === 'booked'
        ? [
            bookingOf(
              members[i] as Member<typeof contract>,
              originalOf.get(originalIds[i] as string) as JournalRow,
              outcome,
              time,
            ),
          ]
        : [],
    )
    await Promise.all([
      writeJournal(tx, bookings, time),
      writeAccounts(tx, decided.accounts, accounts),
      publishAll(
        tx,
        bookings.flatMap((booking) => eventsOf(booking, time)),
      ),
    ])
    return verdictsOf(decided.outcomes, bookings, time)
  },

  present: async (ids, { sql }) =>
    (await findTransactions(sql, ids)).map((row) => (row === undefined ? undefined : journalReply(row))),
})

function bookingOf(
  { id, caller, trace, input: { body } }: Member<typeof contract>,
  original: JournalRow,
  outcome: Booking['outcome'],
  time: BookingTime,
): Booking {
  return {
    ledger_transaction_id: id,
    caller,
    trace,
    transaction_id: body.transaction_id,
    step: body.step,
    business_event: 'REVERSAL',
    reference: original.reference,
    description: body.reason,
    value_date: isClosed(original.value_date, time) ? time.business_date : original.value_date,
    hold_id: null,
    is_limited: false,
    reversal_of: original.ledger_transaction_id,
    exchange: null,
    metadata: original.metadata,
    outcome,
  }
}
