import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import { APPROVAL_ABOVE } from '#contracts/settings.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { react } from '../config.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'

/** The fraud check has spoken: the transfer goes on, waits for a second person, or is given up. A verdict that comes too late changes nothing. */
export const onFraudCheckCompleted = react(fraudCheckCompleted, {
  async run(events, _asked, { tx, clock }) {
    const approval_above = BigInt(await settingOf(tx, APPROVAL_ABOVE))
    const happened = events.map((event) => {
      const { transaction_id, decision, fraud_score, reason_codes } = event.data
      const rule = reason_codes[0] ?? decision
      return {
        transaction_id,
        happening: { kind: 'fraud_verdict' as const, decision, fraud_score, rule, approval_above },
        trace: traceOf(event),
      }
    })
    const ids = happened.map(({ transaction_id }) => transaction_id)
    await advanceAll(tx, await lockTransactions(tx, ids), happened, clock.wall.now())
  },
})
