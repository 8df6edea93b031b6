import { consentRevoked } from '#contracts/events/identity.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { ACTS_IN } from '../domain/states.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'
import { recordDecision } from '../store/decisions.ts'
import { transactionsOfConsents } from '../store/sca.ts'

/** A consent has ended: the payment that was begun by it is taken back, if it can be. */
export const onConsentRevoked = react(consentRevoked, {
  async run(events, _asked, { tx, clock }) {
    const begun = await transactionsOfConsents(
      tx,
      events.map(({ data }) => data.consent_id),
    )
    if (begun.size === 0) return
    const at = clock.wall.now()
    const endedOf = new Map(
      events.flatMap((event) => {
        const transaction_id = begun.get(event.data.consent_id)
        return transaction_id === undefined ? [] : [[transaction_id, event] as const]
      }),
    )
    const locked = await lockTransactions(tx, [...begun.values()])
    const waiting = locked.filter(({ stage }) => ACTS_IN.cancelled.includes(stage))
    const happened = waiting.flatMap(({ transaction_id }) => {
      const event = endedOf.get(transaction_id)
      const by = event?.data.user_id ?? ''
      return event === undefined
        ? []
        : [{ transaction_id, happening: { kind: 'cancelled' as const, by }, trace: traceOf(event) }]
    })
    for (const row of waiting) {
      const by = endedOf.get(row.transaction_id)?.data.user_id ?? ''
      await recordDecision(tx, row, { action: 'CANCELLED', by, reason: 'The consent was revoked', at })
    }
    await advanceAll(tx, locked, happened, at)
  },
})
