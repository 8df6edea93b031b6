import { placeHold as contract } from '#contracts/api/ledger.ts'
import { ledgerHoldPlaced } from '#contracts/events/ledger.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import type { Member } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { implementBatched } from '../../config.ts'
import { apply, type PlaceHoldCommand } from '../../domain/core.ts'
import { lockAccounts, writeAccounts } from '../../store/accounts.ts'
import { bookingTime } from '../../store/bank-clock.ts'
import { findHolds, holdReply, writeHolds } from '../../store/holds.ts'
import { stepKeys } from '../../store/steps.ts'
import type { HoldRow } from '../../tables.ts'

/** Reserves amounts; what is held is no longer available, in the same locked row as the balance. */
export const placeHold = implementBatched(contract, {
  keys: stepKeys(contract),
  contends: ({ body }) => [body.ledger_account_id],
  mint: ({ own }) => own.mintBankId(),

  async decideMany(members, { tx, clock, own }) {
    const commands = members.map(commandOf)
    const accountIds = commands.map((command) => command.ledger_account_id)
    const [accounts, timeNow] = await Promise.all([lockAccounts(tx, accountIds), bookingTime(tx, own, clock)])
    const decided = apply({ accounts, holds: NOTHING, transactions: NOTHING }, commands, timeNow())
    const events: NewEvent[] = []
    const verdicts = decided.outcomes.map((outcome, i) => {
      if (outcome.kind === 'refused') return { problem: outcome.problem }
      const { hold } = outcome as { hold: HoldRow }
      const reply = holdReply(hold)
      const { hold_id, ledger_account_id: account_id, amount_cents, currency, expires_at } = reply
      const placed = { hold_id, account_id, amount_cents, currency, expires_at }
      events.push(occurred(ledgerHoldPlaced, placed, (members[i] as Member).trace))
      return { reply }
    })
    await Promise.all([
      writeAccounts(tx, decided.accounts),
      writeHolds(tx, decided.holds.values()),
      publishAll(tx, events),
    ])
    return verdicts
  },

  present: async (ids, { sql }) =>
    (await findHolds(sql, ids)).map((row) => (row === undefined ? undefined : holdReply(row))),
})

const NOTHING = new Map<string, never>()

function commandOf({ id, input: { body } }: Member<typeof contract>): PlaceHoldCommand {
  return {
    kind: 'place_hold',
    hold_id: id,
    ledger_account_id: body.ledger_account_id.toLowerCase(),
    transaction_id: body.transaction_id.toLowerCase(),
    amount_cents: body.amount_cents,
    currency: body.currency,
    expires_in_s: body.expires_in_s,
  }
}
