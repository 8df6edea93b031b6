import { incrementHold as contract } from '#contracts/api/ledger-holds.ts'
import { ledgerHoldIncreased } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import type { Member } from '#libs/http/implement.ts'
import { implementBatched } from '../../config.ts'
import { commandHolds } from '../../store/command-holds.ts'
import { presentHolds } from '../../store/holds.ts'
import { stepKeys } from '../../store/steps.ts'

/** Reserves more under holds that stand. */
export const incrementHold = implementBatched(contract, {
  keys: stepKeys(contract, ({ params }) => (params as { hold_id: string }).hold_id),

  decideMany(members, context) {
    const commands = members.map(({ input: { params, body } }) => ({
      kind: 'increase_hold' as const,
      hold_id: params.hold_id,
      amount_cents: body.amount_cents,
      expires_in_s: body.expires_in_s ?? null,
    }))
    return commandHolds(commands, context, (hold, i) => {
      const { hold_id, ledger_account_id: account_id, currency } = hold
      const { input, trace } = members[i] as Member<typeof contract>
      const { amount_cents } = input.body
      const expires_at = hold.expires_at.toISOString()
      return occurred(ledgerHoldIncreased, { hold_id, account_id, amount_cents, currency, expires_at }, trace)
    })
  },

  present: presentHolds,
})
