import { transactionInitiated } from '#contracts/events/transaction.ts'
import { isId } from '#libs/ids/ids.ts'
import { react } from '../config.ts'

/**
 * A payment was made of a consent: it is USED. That no second one can be made is decided where payments are, in the transaction that makes the first; this
 * tells the customer so.
 */
export const onTransactionInitiated = react(transactionInitiated, {
  async run(events, _asked, { tx, clock }) {
    const sessions = events.flatMap(({ data: { client_id, session_id } }) =>
      client_id !== null && session_id !== null && isId(session_id) ? [session_id] : [],
    )
    if (sessions.length === 0) return
    const now = clock.wall.now()
    await tx`
      update consents set status = 'USED', last_used_at = ${now}, ended_at = ${now}, ended_reason = 'PAYMENT_MADE'
      where session_id = any(${sessions}::uuid[]) and is_payment and status in ('AUTHORISED', 'ACTIVE')`
  },
})
