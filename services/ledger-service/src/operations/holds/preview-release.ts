import { previewRelease as contract } from '#contracts/api/ledger-holds.ts'
import { implementRead } from '../../config.ts'
import { bookingTimeSeen } from '../../store/bank-clock.ts'
import { changePreview } from '../../store/preview-replies.ts'

/** What giving a hold back now would come to: the core decides as it would, of what is read without a lock. */
export const previewRelease = implementRead(contract, {
  read({ params }, { sql, own, clock }) {
    const command = { kind: 'release_hold' as const, hold_id: params.hold_id }
    return changePreview(sql, command, bookingTimeSeen(own, clock))
  },
})
