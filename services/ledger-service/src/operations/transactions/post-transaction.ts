import { postTransaction as contract } from '#contracts/api/ledger.ts'
import type { Member } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { implementBatched } from '../../config.ts'
import { apply, type PostCommand } from '../../domain/core.ts'
import { passesClosing } from '../../domain/proposals.ts'
import { accountIdOf } from '../../own-accounts.ts'
import { lockAccounts, writeAccounts } from '../../store/accounts.ts'
import { bookingTime } from '../../store/bank-clock.ts'
import { lockHolds, writeHolds } from '../../store/holds.ts'
import {
  type Booking,
  eventsOf,
  findTransactions,
  journalReply,
  verdictsOf,
  writeJournal,
} from '../../store/journal.ts'
import { openCurrencies } from '../../store/open-currencies.ts'
import { stepKeys } from '../../store/steps.ts'

type Posted = Member<typeof contract>

/** Books balanced transactions, each with its own verdict, in one commit for the whole batch. */
export const postTransaction = implementBatched(contract, {
  keys: stepKeys(contract),
  contends: ({ body }) => body.postings.flatMap(({ debit, credit }) => [debit, credit]),
  mint: ({ own }) => own.mintBankId(),

  async decideMany(members, { tx, clock, own }) {
    const commands = members.map(commandOf)
    const currencies = commands.map((command) => command.currency)
    await openCurrencies(tx, own, currencies, clock.bank.now())
    const [accounts, holds, timeNow] = await Promise.all([
      lockAccounts(tx, accountsOf(commands)),
      lockHolds(
        tx,
        commands.flatMap((command) => command.hold_id ?? []),
      ),
      bookingTime(tx, own, clock),
    ])
    // The time is taken under the locks, so that it rises along an account's history.
    const time = timeNow()
    const decided = apply({ accounts, holds, transactions: NO_TRANSACTIONS }, commands, time)
    const bookings = decided.outcomes.flatMap((outcome, i) =>
      outcome.kind === 'booked' ? [bookingOf(members[i] as Posted, commands[i] as PostCommand, outcome, time)] : [],
    )
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
    return verdicts
  },

  present: async (ids, { sql }) =>
    (await findTransactions(sql, ids)).map((row) => (row === undefined ? undefined : journalReply(row))),
})

const NO_TRANSACTIONS = new Map<string, never>()

function commandOf({ caller, input: { body } }: Posted): PostCommand {
  return {
    kind: 'post',
    currency: body.currency,
    postings: body.postings.map(({ debit, credit, amount_cents }) => ({
      debit_account_id: accountIdOf(debit, body.currency),
      credit_account_id: accountIdOf(credit, body.currency),
      amount_cents,
    })),
    hold_id: body.hold_id?.toLowerCase() ?? null,
    is_limited: body.is_limited ?? false,
    value_date: body.value_date ?? null,
    passes_closing: passesClosing(caller.service, body.step),
  }
}

function accountsOf(commands: readonly PostCommand[]): Set<string> {
  const ids = new Set<string>()
  for (const { postings } of commands) {
    for (const posting of postings) ids.add(posting.debit_account_id).add(posting.credit_account_id)
  }
  return ids
}

function bookingOf(
  { id, caller, trace, input: { body } }: Posted,
  { hold_id, is_limited }: PostCommand,
  outcome: Booking['outcome'],
  { business_date }: { business_date: string },
): Booking {
  return {
    ledger_transaction_id: id,
    caller,
    trace,
    transaction_id: body.transaction_id.toLowerCase(),
    step: body.step,
    business_event: body.business_event,
    reference: body.reference,
    description: body.description,
    value_date: body.value_date ?? business_date,
    hold_id,
    is_limited: is_limited && hold_id === null,
    reversal_of: null,
    outcome,
  }
}
