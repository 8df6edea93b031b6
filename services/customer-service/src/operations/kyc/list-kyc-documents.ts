import { listKycDocuments as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { assertCustomer } from '../../store/customers.ts'
import { documentOf, documentsOf } from '../../store/documents.ts'

/** The documents of a customer by reference; their numbers are never shown. */
export const listKycDocuments = implementRead(contract, {
  async read({ params }, { sql }) {
    await assertCustomer(sql, params.customer_id)
    return { items: (await documentsOf(sql, params.customer_id)).map(documentOf) }
  },
})
