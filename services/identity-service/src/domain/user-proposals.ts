import type { Role, UserProposalKind } from '#contracts/enums.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { UserProposalRow, UserRow } from '../tables.ts'
import { isStaff } from './tokens.ts'

/** What a proposal waits for a second person. */
const WAITS_MS = 7 * 86_400_000

/** Who decides what: rights are given by admins alone; whether somebody is who he says he is, compliance judges as well. */
const DECIDERS: Readonly<Record<UserProposalKind, readonly string[]>> = {
  ROLES: ['admin'],
  UNLOCK: ['admin', 'compliance'],
  FACTOR_RESET: ['admin', 'compliance'],
  REACTIVATION: ['admin', 'compliance'],
}

/** When a proposal that is made now has waited long enough. */
export function expiryOf(proposed_at: Date): Date {
  return new Date(proposed_at.getTime() + WAITS_MS)
}

/** A person with the rights that he has now. */
export interface Decider {
  readonly by: string | null
  readonly roles: readonly string[]
}

/**
 * The proposal and the person, where this person may decide it: in the right role (FORBIDDEN), neither who proposed it nor the user it is about
 * (OWN_PROPOSAL: four eyes), and while it waits (NOT_PENDING).
 */
export function decideSecondPerson(
  row: UserProposalRow | undefined,
  { by, roles }: Decider,
  now: Date,
): { row: UserProposalRow; by: string } {
  if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
  if (by === null || by === row.proposed_by || by === row.user_id) throw new Problem(problems.OWN_PROPOSAL)
  const deciders = DECIDERS[row.kind]
  if (!deciders.some((role) => roles.includes(role)))
    throw new Problem(platformProblems.FORBIDDEN, { detail: `${row.kind} is decided by ${deciders.join(' or ')}` })
  requirePending(row, now)
  return { row, by }
}

/** The proposal, where this person may take it back: it waits, and is his own. Others are told of none. */
export function decideWithdrawal(
  row: UserProposalRow | undefined,
  { by, now }: { by: string | null; now: Date },
): { row: UserProposalRow; by: string } {
  if (row === undefined || by === null || by !== row.proposed_by) throw new Problem(problems.PROPOSAL_NOT_FOUND)
  requirePending(row, now)
  return { row, by }
}

function requirePending({ status, expires_at }: UserProposalRow, now: Date): void {
  const present = status === 'PENDING' && expires_at <= now ? 'EXPIRED' : status
  if (present !== 'PENDING')
    throw new Problem(problems.NOT_PENDING, { detail: `It is ${present}`, extra: { proposal_status: present } })
}

/**
 * The roles that are wished, each once. Nobody is staff and a customer under one sign-in (ROLES_MIXED): one person must not serve his own
 * account. NOTHING_TO_CHANGE for those that the user has.
 */
export function decideRoles(user: Pick<UserRow, 'roles'>, wished: readonly Role[]): Role[] {
  const roles = [...new Set(wished)].sort()
  if (roles.includes('customer') && isStaff(roles)) throw new Problem(problems.ROLES_MIXED)
  if (sameRoles(roles, user.roles)) throw new Problem(problems.NOTHING_TO_CHANGE)
  return roles
}

/** The roles that a member of staff is to have, each once; NOT_STAFF for those of a customer. */
export function decideStaffRoles(wished: readonly Role[]): Role[] {
  if (wished.includes('customer')) throw new Problem(problems.NOT_STAFF)
  return [...new Set(wished)].sort()
}

/** True for the same rights, in whatever order. */
export function sameRoles(a: readonly Role[], b: readonly Role[]): boolean {
  return [...a].sort().join() === [...b].sort().join()
}
