import { addRelation as contract } from '#contracts/api/customer.ts'
import { customerRelationAdded } from '#contracts/events/customer.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { capabilitiesFor, decideRelation } from '../../domain/relations.ts'
import { problems } from '../../problems.ts'
import type { CustomerRow } from '../../tables.ts'

export const addRelation = implement(contract, {
  /** Lets somebody act for a customer on all of his accounts; staff do so neither for themselves nor on what is theirs. */
  async run({ params, body: { relation, ...body } }, { tx, clock, caller, changed }) {
    const capabilities = capabilitiesFor(relation, body.capabilities)
    const [customer_id, related_customer_id] = [
      params.customer_id.toLowerCase(),
      body.related_customer_id.toLowerCase(),
    ]
    if (customer_id === related_customer_id) throw new Problem(problems.RELATED_TO_HIMSELF)
    const people = await tx<CustomerRow[]>`
      select * from customers where customer_id in (${customer_id}, ${related_customer_id}) order by customer_id for update`
    const of = (id: string): CustomerRow | undefined => people.find((one) => one.customer_id === id)
    decideRelation(of(customer_id), of(related_customer_id), caller)
    const added_at = clock.wall.now()
    const row = {
      customer_id,
      related_customer_id,
      relation,
      capabilities,
      added_by: caller.sub ?? 'unknown',
      added_at,
    }
    const added = await tx`insert into customer_relations ${tx(row)} on conflict do nothing`
    if (added.count === 0) throw new Problem(problems.RELATION_EXISTS)
    await publish(tx, occurred(customerRelationAdded, { customer_id, related_customer_id, relation, capabilities }))
    changed({ before: null, after: { related_customer_id, relation, capabilities } })
    return { ...row, added_at: added_at.toISOString() }
  },
})
