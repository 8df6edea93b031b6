import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { Capability, OwnerRow, Relation } from '../tables.ts'

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

type Limits = Pick<OwnerRow, 'max_amount_cents' | 'max_day_cents'>
/** The limits of a delegate as the contract shows them. */
export type DelegateLimits = { max_amount_cents: bigint; max_day_cents: bigint }

/** The limits of somebody on an account as they are kept: none but a delegate has any, and one payment is no more than a day. */
export function decideDelegateLimits(relation: Relation, wished: DelegateLimits | null | undefined): Limits {
  if (wished === null || wished === undefined) return { max_amount_cents: null, max_day_cents: null }
  if (relation !== 'DELEGATE') throw new Problem(problems.NOT_A_DELEGATE)
  const { max_amount_cents, max_day_cents } = wished
  if (max_amount_cents > max_day_cents) {
    const errors = [{ pointer: '/limits/max_amount_cents', detail: 'is at most max_day_cents' }]
    throw new Problem(problems.LIMIT_WRONG, { errors })
  }
  return { max_amount_cents, max_day_cents }
}

/** The limits as the contract shows them; null where there are none. */
export function shownLimits({ max_amount_cents, max_day_cents }: Limits): DelegateLimits | null {
  return max_amount_cents === null || max_day_cents === null ? null : { max_amount_cents, max_day_cents }
}
