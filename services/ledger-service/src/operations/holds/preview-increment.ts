import { previewIncrement as contract } from '#contracts/api/ledger-holds.ts'
import { implementRead } from '../../config.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { changePreview } from '../../store/preview-replies.ts'

/** What reserving more under a hold now would come to: the core decides as it would, of what is read without a lock. */
export const previewIncrement = implementRead(contract, {
  read({ params, body }, { sql, own, clock }) {
    const command = {
      kind: 'increase_hold' as const,
      hold_id: params.hold_id,
      amount_cents: body.amount_cents,
      expires_in_s: body.expires_in_s ?? null,
    }
    return changePreview(sql, command, bookingTimeSeen(own, clock))
  },
})
