import { submitKyc as contract } from '#contracts/api/customer.ts'
import { kycSubmitted } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { publish } from '#libs/outbox/publish.ts'
import { implement } from '../../config.ts'
import { decideMaySubmit, joinedDocuments, refuseExpired, refuseUnidentified } from '../../domain/kyc.ts'
import { refuseUnknownCountries } from '../../domain/profile.ts'
import { kycStateOf } from '../../kyc-state.ts'
import { sealedAnswers } from '../../sealed-profile.ts'
import { inFull, lockCustomer } from '../../store/customers.ts'
import { documentsOf, newDocuments, storeDocuments } from '../../store/documents.ts'
import { addStep } from '../../store/kyc-steps.ts'
import type { KycAnswers } from '../../tables.ts'

type Body = InputOf<typeof contract>['body']

export const submitKyc = implement(contract, {
  /** Hands a customer over to the officers, with what proves who he is. */
  async run({ params, body }, { tx, clock, own, caller, changed }) {
    const { row, fields } = inFull(await lockCustomer(tx, own.vault, params.customer_id))
    decideMaySubmit(row)
    refuseUnknownCountries(countriesIn(body))
    const { customer_id } = row
    const today = clock.bank.businessDate()
    const [submitted_at, submitted_by] = [clock.wall.now(), caller.sub ?? 'unknown']
    const by = { customer_id, added_by: submitted_by, added_at: submitted_at }
    const sent = newDocuments(body.documents, { vault: own.vault, fields, ...by })
    const joined = joinedDocuments(
      await documentsOf(tx, customer_id),
      sent.map((one) => one.row),
    )
    refuseExpired(joined.named, today, '/documents/*/expires_on')
    refuseUnidentified(joined.all, today)
    await storeDocuments(tx, customer_id, sent)
    const columns = {
      ...{ kyc_status: 'IN_REVIEW' as const, submitted_by, submitted_at, decided_at: null, kyc_reason_encrypted: null },
      kyc_answers_encrypted: sealedAnswers(fields, customer_id, answersOf(body)),
      ...{ version: row.version + 1, updated_at: submitted_at },
    }
    await tx`update customers set ${tx(columns)} where customer_id = ${customer_id}`
    const step = { customer_id, kyc_status: columns.kyc_status, changed_by: submitted_by, changed_at: submitted_at }
    await addStep(tx, fields, { ...step, reason: null })
    const document_ids = joined.named.map(({ document_id }) => document_id)
    await publish(tx, occurred(kycSubmitted, { customer_id, document_ids, submitted_by }))
    changed({ before: { kyc_status: row.kyc_status }, after: { kyc_status: columns.kyc_status, document_ids } })
    return kycStateOf(caller, { ...row, ...columns }, { fields, documents: await documentsOf(tx, customer_id) })
  },
})

function countriesIn({ documents, tax_residencies = [] }: Body): Record<string, string | undefined> {
  return Object.fromEntries([
    ...documents.map(({ issuing_country }, i) => [`/documents/${i}/issuing_country`, issuing_country] as const),
    ...tax_residencies.map((country, i) => [`/tax_residencies/${i}`, country] as const),
  ])
}

function answersOf(body: Body): KycAnswers {
  return {
    occupation: body.occupation ?? null,
    source_of_funds: body.source_of_funds ?? null,
    is_politically_exposed: body.is_politically_exposed ?? false,
    tax_residencies: body.tax_residencies ?? [],
  }
}
