import { kycExpired } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { addSteps } from '../store/kyc-steps.ts'
import type { CustomerRow } from '../tables.ts'

const AT_ONCE = 200
const BY = 'customer-service'

/** Ends verifications whose last day is before the date of the books: the customer is asked for documents again. */
export const expireKyc = job('expire-kyc', {
  everyMs: 2_000,
  run: async ({ database, clock }) => {
    for (let ended = AT_ONCE; ended === AT_ONCE; ) {
      const today = clock.bank.businessDate()
      const at = clock.wall.now()
      ended = await withTrace(newTrace(), () => database.transact((tx) => expire(tx, today, at)))
    }
  },
})

/** One page, oldest first; rows that somebody is deciding about are left for the next look. Returns how many ended. */
async function expire(tx: Tx, today: string, at: Date): Promise<number> {
  const rows = await tx<Pick<CustomerRow, 'customer_id' | 'kyc_expires_on'>[]>`
    select customer_id, kyc_expires_on from customers
    where kyc_status = 'VERIFIED' and kyc_expires_on < ${today} and status = 'ACTIVE'
    order by kyc_expires_on, customer_id limit ${AT_ONCE} for update skip locked`
  if (rows.length === 0) return 0
  const ids = rows.map(({ customer_id }) => customer_id)
  await tx`
    update customers set kyc_status = 'EXPIRED', version = version + 1, updated_at = ${at} where customer_id = any(${ids}::uuid[])`
  const ended = await tx<{ document_id: string; customer_id: string; expires_on: string }[]>`
    update kyc_documents set document_status = 'EXPIRED'
    where customer_id = any(${ids}::uuid[]) and document_status = 'VERIFIED' and expires_on < ${today}
    returning document_id, customer_id, expires_on`
  await addSteps(tx, ids, { kyc_status: 'EXPIRED', changed_by: BY, changed_at: at })
  await publishAll(
    tx,
    rows.map(({ customer_id, kyc_expires_on }) => {
      const document_expiry = kyc_expires_on as string
      const document = ended.find((one) => one.customer_id === customer_id && one.expires_on === document_expiry)
      return occurred(kycExpired, { customer_id, document_id: document?.document_id ?? null, document_expiry })
    }),
  )
  return rows.length
}
