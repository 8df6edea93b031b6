import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { ApprovalRow, Decision, SubjectType } from '../tables.ts'

/** Who decides what: one of the roles that a subject needs. */
const DECIDERS: Readonly<Record<SubjectType, readonly string[]>> = {
  TRANSACTION: ['operator'],
  KYC: ['compliance'],
  SETTING: ['admin'],
  LEDGER_PROPOSAL: ['operator', 'compliance'],
  // identity-service narrows it: roles are given by admins alone.
  USER_PROPOSAL: ['admin', 'compliance'],
  LIMIT_PROPOSAL: ['compliance'],
}
/** A claim that its request left behind: longer than any call to another service lasts. */
const CLAIM_MS = 60_000

/** A person with a decision. */
export interface Decider {
  readonly by: string | null
  readonly roles: readonly string[]
  readonly decision: Decision
}

/**
 * The approval and the person, where this person may decide it. `is_repeat`: it was decided so, by the same person, and nothing is left to do.
 * Refuses other roles (WRONG_ROLE), the one who asked (OWN_REQUEST: four eyes) and what was decided otherwise (ALREADY_DECIDED).
 */
export function decideWho<Row extends ApprovalRow>(
  row: Row | undefined,
  { by, roles, decision }: Decider,
): { row: Row; by: string; is_repeat: boolean } {
  if (row === undefined) throw new Problem(problems.APPROVAL_NOT_FOUND)
  const deciders = DECIDERS[row.subject_type]
  if (!deciders.some((role) => roles.includes(role))) {
    throw new Problem(problems.WRONG_ROLE, {
      detail: `${row.subject_type} is decided by the role ${deciders.join(' or ')}`,
    })
  }
  if (by === null || by === row.requested_by) throw new Problem(problems.OWN_REQUEST)
  const is_repeat = row.status === decision && row.decided_by === by
  if (row.status !== 'PENDING' && !is_repeat)
    throw new Problem(problems.ALREADY_DECIDED, {
      detail: `It is ${row.status}`,
      extra: { approval_status: row.status },
    })
  return { row, by, is_repeat }
}

/**
 * Whether a person may decide at the subject's service now: one at a time, so that what comes of it is known to be theirs. True for a new claim,
 * false for one that this person left behind (its outcome was never heard). DECISION_UNDER_WAY while it is somebody else's.
 */
export function decideClaim(
  row: ApprovalRow,
  { by, decision }: { by: string; decision: Decision },
  now: Date,
): boolean {
  if (row.claimed_by === null || row.claimed_at === null) return true
  if (row.claimed_by === by && row.claimed_decision === decision) return false
  if (now.getTime() - row.claimed_at.getTime() < CLAIM_MS) throw new Problem(problems.DECISION_UNDER_WAY)
  return true
}
