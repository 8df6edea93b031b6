import { customerCreationRolledBack, customerRelationRemoved } from '#contracts/events/customer.ts'
import type { Trace } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { RelationRow } from '../tables.ts'
import { addSteps } from './kyc-steps.ts'

/** Openings that are taken back: why, as a code, and as part of which act (the running one unless said). */
export interface RollBack {
  customer_id: string
  reason: string
  trace?: Trace
}

/**
 * Takes openings back: the key goes, and with it every reading of what was sealed; so do the sealed texts, hashes, documents and relations.
 * A husk stays, so that nobody opens again under the same id; its KYC is REJECTED, whatever it was. The customers are locked.
 */
export async function rollBackAll(
  tx: Tx,
  openings: readonly RollBack[],
  { by, at }: { by: string; at: Date },
): Promise<void> {
  if (openings.length === 0) return
  const ids = openings.map(({ customer_id }) => customer_id)
  const left = await tx<{ customer_id: string; kyc_status: string }[]>`
    select customer_id, kyc_status from customers where customer_id = any(${ids}::uuid[])`
  const rejectedNow = left.filter(({ kyc_status }) => kyc_status !== 'REJECTED').map(({ customer_id }) => customer_id)
  await tx`
    update customers set status = 'ROLLED_BACK', first_name_encrypted = null, last_name_encrypted = null, date_of_birth_encrypted = null,
      email_encrypted = null, email_hash = null, phone_encrypted = null, phone_hash = null, nationality_encrypted = null,
      address_encrypted = null, kyc_answers_encrypted = null, kyc_reason_encrypted = null, kyc_status = 'REJECTED', kyc_expires_on = null,
      risk_category = null, version = version + 1, updated_at = ${at}
    where customer_id = any(${ids}::uuid[])`
  await tx`delete from customer_keys where customer_id = any(${ids}::uuid[])`
  await tx`delete from customer_search_words where customer_id = any(${ids}::uuid[])`
  await tx`delete from kyc_documents where customer_id = any(${ids}::uuid[])`
  await tx`delete from document_numbers where customer_id = any(${ids}::uuid[])`
  const relations = await tx<RelationRow[]>`
    delete from customer_relations where customer_id = any(${ids}::uuid[]) or related_customer_id = any(${ids}::uuid[]) returning *`
  await addSteps(tx, rejectedNow, { kyc_status: 'REJECTED', changed_by: by, changed_at: at })
  const traces = new Map(openings.map(({ customer_id, trace }) => [customer_id, trace]))
  await publishAll(tx, [
    ...relations.map(({ customer_id, related_customer_id }) =>
      occurred(
        customerRelationRemoved,
        { customer_id, related_customer_id },
        traces.get(customer_id) ?? traces.get(related_customer_id),
      ),
    ),
    ...openings.map(({ customer_id, reason, trace }) =>
      occurred(customerCreationRolledBack, { customer_id, reason }, trace),
    ),
  ])
}
