import { removeRelation as contract } from '#contracts/api/customer.ts'
import { customerRelationRemoved } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { assertCustomer } from '../../store/customers.ts'
import type { RelationRow } from '../../tables.ts'

export const removeRelation = implement(contract, {
  /** Ends what somebody may do for a customer. */
  async run({ params }, { tx, changed }) {
    await assertCustomer(tx, params.customer_id)
    const [gone] = await tx<RelationRow[]>`
      delete from customer_relations
      where customer_id = ${params.customer_id} and related_customer_id = ${params.related_customer_id} returning *`
    if (gone === undefined) throw new Problem(problems.RELATION_NOT_FOUND)
    const { customer_id, related_customer_id, relation, capabilities } = gone
    await publish(tx, occurred(customerRelationRemoved, { customer_id, related_customer_id }))
    changed({ before: { related_customer_id, relation, capabilities }, after: null })
    return {}
  },
})
