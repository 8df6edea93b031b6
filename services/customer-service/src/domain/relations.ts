import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { CustomerRow, Relation, RelationRow } from '../tables.ts'
import { type Actor, isOwn } from './profile.ts'

type Capability = RelationRow['capabilities'][number]
type Person = Pick<CustomerRow, 'customer_id' | 'user_id' | 'status'>

/** In the order in which lists and events name them. */
const ALL_CAPABILITIES: readonly Capability[] = ['view', 'debit', 'manage']

/**
 * What somebody may do for a customer. A joint customer may do everything: half a joint one is a delegate, so a shorter list is refused.
 * A delegate has what is listed, or may look when nothing is.
 */
export function capabilitiesFor(relation: Relation, wished: readonly Capability[] | undefined): Capability[] {
  if (relation === 'DELEGATE') return ALL_CAPABILITIES.filter((one) => (wished ?? ['view']).includes(one))
  if (wished !== undefined && !ALL_CAPABILITIES.every((one) => wished.includes(one))) {
    const errors = [{ pointer: '/capabilities', detail: 'a joint customer has all of them; name a delegate instead' }]
    throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
  }
  return [...ALL_CAPABILITIES]
}

/** Refuses relations that staff would make for themselves (four eyes), and those with nobody. */
export function decideRelation(customer: Person | undefined, related: Person | undefined, by: Actor): void {
  if (customer === undefined) throw new Problem(problems.CUSTOMER_NOT_FOUND)
  if (isOwn(customer, by) || (related !== undefined && isOwn(related, by))) throw new Problem(problems.OWN_CUSTOMER)
  if (customer.status === 'ROLLED_BACK') throw new Problem(problems.CUSTOMER_ROLLED_BACK)
  if (related?.status !== 'ACTIVE') throw new Problem(problems.RELATED_CUSTOMER_NOT_FOUND)
}
