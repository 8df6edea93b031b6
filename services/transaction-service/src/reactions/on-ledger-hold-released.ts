import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { advanceAll, lockWaitingByHold } from '../store/advances.ts'

/** A hold has run out while its transfer waited: nothing is reserved for it any more, so it is given up. */
export const onLedgerHoldReleased = react(ledgerHoldReleased, {
  async run(events, _asked, { tx, clock }) {
    const expired = new Map(
      events.filter(({ data }) => data.reason_code === 'EXPIRED').map((event) => [event.data.hold_id, event]),
    )
    if (expired.size === 0) return
    const rows = await lockWaitingByHold(tx, [...expired.keys()])
    const happened = rows.flatMap(({ transaction_id, hold_id }) => {
      const event = expired.get(hold_id ?? '')
      return event === undefined
        ? []
        : [{ transaction_id, happening: { kind: 'hold_expired' as const }, trace: traceOf(event) }]
    })
    await advanceAll(tx, rows, happened, clock.wall.now())
  },
})
