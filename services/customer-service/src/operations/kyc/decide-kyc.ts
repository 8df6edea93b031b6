import { decideKyc as contract } from '#contracts/api/customer.ts'
import { kycApproved, kycRejected } from '#contracts/events/customer.ts'
import { KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { type NewEvent, occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import type { Tx } from '#libs/sql/database.ts'
import { implement } from '../../config.ts'
import { type Decided, decideVerdict } from '../../domain/kyc.ts'
import { kycStateOf } from '../../kyc-state.ts'
import { problems } from '../../problems.ts'
import { placeOf } from '../../sealed-profile.ts'
import { lockCustomer } from '../../store/customers.ts'
import { documentsOf } from '../../store/documents.ts'
import { addStep, preparers } from '../../store/kyc-steps.ts'
import { rollBackAll } from '../../store/roll-back.ts'
import type { CustomerRow } from '../../tables.ts'

export const decideKyc = implement(contract, {
  /** Ends a review. Whoever comes second finds nothing to decide any more. A final rejection of somebody new takes his opening back. */
  async run({ params, body }, { tx, clock, own, caller, changed }) {
    const { row, fields } = await lockCustomer(tx, own.vault, params.customer_id)
    const { customer_id } = row
    const [at, today] = [clock.wall.now(), clock.bank.businessDate()]
    const months = Number(await settingOf(tx, KYC_VALIDITY_MONTHS))
    const documents = await documentsUnderReview(tx, row)
    const preparedBy = new Set([...documents.map(({ added_by }) => added_by), ...(await preparers(tx, customer_id))])
    const decided = decideVerdict(row, body, { by: caller, preparedBy, documents, months, today })
    if (fields === null) throw new Problem(problems.NOT_IN_REVIEW)
    const kyc_reason_encrypted = fields.seal(body.reason, placeOf('kyc_reason', customer_id))
    const columns = { ...columnsOf(decided, row), kyc_reason_encrypted, decided_at: at, updated_at: at }
    await tx`update customers set ${tx(columns)} where customer_id = ${customer_id}`
    await settleDocuments(tx, { customer_id, decided, today, submitted_at: row.submitted_at })
    const changed_by = caller.sub as string
    const { kyc_status } = decided
    await addStep(tx, fields, { customer_id, kyc_status, reason: body.reason, changed_by, changed_at: at })
    await publish(tx, eventOf(decided, customer_id, changed_by))
    // Without the reason, in which names stand: erasing a customer could not reach it in the trail.
    changed({ before: { kyc_status: row.kyc_status }, after: decided })
    const next = { ...row, ...columns }
    if (!isTakenBack(decided))
      return kycStateOf(caller, next, { fields, documents: await documentsOf(tx, customer_id) })
    await rollBackAll(tx, [{ customer_id, reason: 'KYC_REJECTED' }], { by: changed_by, at })
    return kycStateOf(caller, next, { fields, documents: [] })
  },
})

function isTakenBack(decided: Decided): boolean {
  return decided.kyc_status === 'REJECTED' && decided.is_final
}

/** What came after the submission is looked at with the next one. */
async function documentsUnderReview(tx: Tx, { customer_id, submitted_at }: CustomerRow) {
  const all = await documentsOf(tx, customer_id)
  return all.filter(({ added_at }) => submitted_at !== null && added_at <= submitted_at)
}

function columnsOf(decided: Decided, { version, was_verified, risk_category }: CustomerRow) {
  const { kyc_status } = decided
  return kyc_status === 'VERIFIED'
    ? {
        ...{ kyc_status, kyc_expires_on: decided.expires_on, was_verified: true },
        ...{ risk_category: decided.risk_category, version: version + 1 },
      }
    : { kyc_status, kyc_expires_on: null, was_verified, risk_category, version: version + 1 }
}

async function settleDocuments(
  tx: Tx,
  review: { customer_id: string; decided: Decided; today: string; submitted_at: Date | null },
): Promise<void> {
  const { customer_id, decided, today, submitted_at } = review
  await tx`
    update kyc_documents set document_status = case when expires_on < ${today} then 'EXPIRED' else ${decided.kyc_status} end
    where customer_id = ${customer_id} and document_status = 'PENDING' and added_at <= ${submitted_at}`
}

/** Reasons are codes here: what an officer writes is for the customer, and names stand in it. */
function eventOf(decided: Decided, customer_id: string, verified_by: string): NewEvent {
  if (decided.kyc_status === 'VERIFIED')
    return occurred(kycApproved, { customer_id, verified_by, expires_on: decided.expires_on })
  const { is_final } = decided
  const reasons = [is_final ? 'NOT_ACCEPTED' : 'BETTER_DOCUMENTS_NEEDED']
  return occurred(kycRejected, { customer_id, reasons, is_final })
}
