import { placeHold as contract } from '#contracts/api/ledger.ts'
import { ledgerHoldPlaced } from '#contracts/events/ledger.ts'
import { occurred } from '#libs/contract/event.ts'
import type { Member } from '#libs/http/implement.ts'
import { implementBatched } from '../../config.ts'
import { commandHolds } from '../../store/command-holds.ts'
import { presentHolds } from '../../store/holds.ts'
import { stepKeys } from '../../store/steps.ts'

/** Reserves amounts; what is held is no longer available, in the same locked row as the balance. */
export const placeHold = implementBatched(contract, {
  keys: stepKeys(contract),
  contends: ({ body }) => [body.ledger_account_id],
  mint: ({ own }) => own.mintBankId(),

  decideMany(members, context) {
    const commands = members.map(({ id, input: { body } }) => {
      const { ledger_account_id, transaction_id, amount_cents, currency, expires_in_s } = body
      const reserved = { ledger_account_id, transaction_id, amount_cents, currency, expires_in_s }
      return { kind: 'place_hold' as const, hold_id: id, ...reserved }
    })
    return commandHolds(commands, context, (hold, i) => {
      const { hold_id, ledger_account_id: account_id, amount_cents, currency } = hold
      const expires_at = hold.expires_at.toISOString()
      const { trace } = members[i] as Member<typeof contract>
      return occurred(ledgerHoldPlaced, { hold_id, account_id, amount_cents, currency, expires_at }, trace)
    })
  },

  present: presentHolds,
})
