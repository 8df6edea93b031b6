import { incrementHold as contract } from '#contracts/api/ledger-holds.ts'
import { ledgerHoldIncreased } from '#contracts/events/ledger.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import type { Member } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { implementBatched } from '../../config.ts'
import { apply } from '../../domain/core.ts'
import { writeAccounts } from '../../store/accounts.ts'
import { bookingTime } from '../../store/bank-clock.ts'
import { findHolds, holdReply, lockAccountsOfHolds, lockHolds, writeHolds } from '../../store/holds.ts'
import { stepKeys } from '../../store/steps.ts'
import type { HoldRow } from '../../tables.ts'

/** Reserves more under holds that stand. */
export const incrementHold = implementBatched(contract, {
  keys: stepKeys(contract, ({ params }) => (params as { hold_id: string }).hold_id.toLowerCase()),

  async decideMany(members, { tx, clock, own }) {
    const commands = members.map(({ input: { params, body } }) => ({
      kind: 'increase_hold' as const,
      hold_id: params.hold_id.toLowerCase(),
      amount_cents: body.amount_cents,
      expires_in_s: body.expires_in_s ?? null,
    }))
    const ids = commands.map((command) => command.hold_id)
    const [accounts, holds, timeNow] = await Promise.all([
      lockAccountsOfHolds(tx, ids),
      lockHolds(tx, ids),
      bookingTime(tx, own, clock),
    ])
    const decided = apply({ accounts, holds, transactions: NOTHING }, commands, timeNow())
    const events: NewEvent[] = []
    const verdicts = decided.outcomes.map((outcome, i) => {
      if (outcome.kind === 'refused') return { problem: outcome.problem }
      const { hold } = outcome as { hold: HoldRow }
      events.push(increasedBy(members[i] as Member<typeof contract>, hold))
      return { reply: holdReply(hold) }
    })
    await Promise.all([
      writeAccounts(tx, decided.accounts, accounts),
      writeHolds(tx, decided.holds.values()),
      publishAll(tx, events),
    ])
    return verdicts
  },

  present: async (ids, { sql }) =>
    (await findHolds(sql, ids)).map((row) => (row === undefined ? undefined : holdReply(row))),
})

const NOTHING = new Map<string, never>()

function increasedBy({ input, trace }: Member<typeof contract>, hold: HoldRow): NewEvent {
  const { hold_id, ledger_account_id: account_id, currency } = hold
  const { amount_cents } = input.body
  const expires_at = hold.expires_at.toISOString()
  return occurred(ledgerHoldIncreased, { hold_id, account_id, amount_cents, currency, expires_at }, trace)
}
