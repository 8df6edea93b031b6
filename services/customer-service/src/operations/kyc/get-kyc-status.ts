import { getKycStatus as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { kycStateOf } from '../../kyc-state.ts'
import { findCustomer } from '../../store/customers.ts'
import { documentsOf } from '../../store/documents.ts'

/** Where the verification of a customer stands. */
export const getKycStatus = implementRead(contract, {
  async read({ params }, { sql, own, caller }) {
    const { row, fields } = await findCustomer(sql, own.vault, params.customer_id)
    return kycStateOf(caller, row, { fields, documents: await documentsOf(sql, row.customer_id) })
  },
})
