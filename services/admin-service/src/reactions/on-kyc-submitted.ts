import { kycSubmitted } from '#contracts/events/customer.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { requestAll, supersedeKyc } from '../store/approvals.ts'

/** A customer waits for an officer. Should an earlier submission still stand here, this one takes its place: only one can wait. */
export const onKycSubmitted = react(kycSubmitted, {
  async run(events, _asked, { tx }) {
    const latest = [...new Map(events.map((event) => [event.data.customer_id, event])).values()]
    await supersedeKyc(
      tx,
      latest.map(({ id, time, data }) => ({ approval_id: id, customer_id: data.customer_id, submitted_at: time })),
    )
    await requestAll(
      tx,
      latest.map((event) => {
        const { customer_id, document_ids, submitted_by } = event.data
        const count = document_ids.length
        return {
          approval_id: event.id,
          subject_type: 'KYC',
          subject_id: customer_id,
          rule: 'kyc',
          summary: `${count} ${count === 1 ? 'document' : 'documents'}`,
          requested_by: submitted_by,
          request_reason: null,
          requested_at: event.time,
          trace: traceOf(event),
        }
      }),
    )
  },
})
