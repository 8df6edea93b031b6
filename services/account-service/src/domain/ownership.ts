import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Capability, Relation } from '../tables.ts'

/** In the order in which lists and events name them. */
export const ALL_CAPABILITIES: readonly Capability[] = ['view', 'debit', 'manage']

/**
 * What somebody on an account may do. Owners and joint owners may do everything: half a joint owner is a delegate, so a shorter list
 * is refused. A delegate has what is listed, or may look when nothing is.
 */
export function capabilitiesFor(relation: Relation, wished: readonly Capability[] | undefined): Capability[] {
  if (relation === 'DELEGATE') return ALL_CAPABILITIES.filter((one) => (wished ?? ['view']).includes(one))
  if (wished !== undefined && !ALL_CAPABILITIES.every((one) => wished.includes(one))) {
    const errors = [{ pointer: '/capabilities', detail: 'a joint owner has all of them; name a delegate instead' }]
    throw new Problem(platformProblems.VALIDATION_FAILED, { errors })
  }
  return [...ALL_CAPABILITIES]
}
