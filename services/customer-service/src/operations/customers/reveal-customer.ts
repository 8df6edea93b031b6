import { revealCustomer as contract } from '#contracts/api/customer.ts'
import { implement } from '../../config.ts'
import { revealed } from '../../seen-by.ts'
import { findCustomer } from '../../store/customers.ts'

export const revealCustomer = implement(contract, {
  /** Shows a customer in full. Who looked and why is in the trail; what he saw is not. */
  async run({ params, body }, { tx, own, changed }) {
    const { row, profile } = await findCustomer(tx, own.vault, params.customer_id)
    changed({ before: null, after: { reason: body.reason } })
    return revealed(row, profile)
  },
})
