import { releaseHold as contract } from '#contracts/api/ledger.ts'
import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import type { Member } from '#libs/http/implement.ts'
import { implementBatched } from '../../config.ts'
import { commandHolds } from '../../store/command-holds.ts'
import { presentHolds } from '../../store/holds.ts'
import { stepKeys } from '../../store/steps.ts'

/** Gives holds back; one that ended before stays as it ended, and the answer shows how. */
export const releaseHold = implementBatched(contract, {
  keys: stepKeys(contract, ({ params }) => (params as { hold_id: string }).hold_id),

  decideMany(members, context) {
    const commands = members.map(({ input }) => ({ kind: 'release_hold' as const, hold_id: input.params.hold_id }))
    return commandHolds(commands, context, ({ hold_id, ledger_account_id: account_id, ...hold }, i) => {
      const { input, trace } = members[i] as Member<typeof contract>
      const amount_cents = hold.amount_cents - hold.captured_cents
      const { reason_code } = input.body
      return occurred(ledgerHoldReleased, { hold_id, account_id, amount_cents, reason_code }, trace)
    })
  },

  present: presentHolds,
})
