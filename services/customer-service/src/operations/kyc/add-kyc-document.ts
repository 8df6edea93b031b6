import { addKycDocument as contract } from '#contracts/api/customer.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { refuseExpired } from '../../domain/kyc.ts'
import { refuseUnknownCountries } from '../../domain/profile.ts'
import { problems } from '../../problems.ts'
import { inFull, lockCustomer } from '../../store/customers.ts'
import { documentOf, newDocuments, storeDocuments } from '../../store/documents.ts'

export const addKycDocument = implement(contract, {
  /** Keeps the reference of a document; it is looked at with the next submission. */
  async run({ params, body }, { tx, clock, own, caller, changed }) {
    const { row, fields } = inFull(await lockCustomer(tx, own.vault, params.customer_id))
    refuseUnknownCountries({ '/issuing_country': body.issuing_country })
    const { customer_id } = row
    const by = { customer_id, added_by: caller.sub ?? 'unknown', added_at: clock.wall.now() }
    const documents = newDocuments([body], { vault: own.vault, fields, ...by })
    const [document] = documents.map((one) => one.row) as [(typeof documents)[0]['row']]
    refuseExpired([document], clock.bank.businessDate(), '/expires_on')
    const known = await tx`select 1 from kyc_documents where document_id = ${document.document_id}`
    if (known.length > 0) throw new Problem(problems.DOCUMENT_EXISTS)
    await storeDocuments(tx, customer_id, documents)
    const { document_id, document_type } = document
    changed({ before: null, after: { document_id, document_type } })
    return documentOf(document)
  },
})
