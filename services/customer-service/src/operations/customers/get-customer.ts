import { getCustomer as contract } from '#contracts/api/customer.ts'
import { implementRead } from '../../config.ts'
import { seenBy } from '../../seen-by.ts'
import { findCustomer } from '../../store/customers.ts'

/** One customer: himself in full, staff masked. */
export const getCustomer = implementRead(contract, {
  async read({ params }, { sql, own, caller }) {
    const { row, profile } = await findCustomer(sql, own.vault, params.customer_id)
    return seenBy(caller, row, profile)
  },
})
