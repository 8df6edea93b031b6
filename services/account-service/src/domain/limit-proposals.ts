import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { LimitProposalRow } from '../tables.ts'

/** What a proposal waits for a second officer. */
const WAITS_MS = 7 * 86_400_000

/** When a proposal that is made now has waited long enough. */
export function expiryOf(proposed_at: Date): Date {
  return new Date(proposed_at.getTime() + WAITS_MS)
}

/** The proposal and the officer, where this one may decide about it: it waits, and is not his own (four eyes). */
export function decideSecondOfficer(
  row: LimitProposalRow | undefined,
  { by, now }: { by: string | null; now: Date },
): { row: LimitProposalRow; by: string } {
  if (row === undefined) throw new Problem(problems.PROPOSAL_NOT_FOUND)
  if (by === null || by === row.proposed_by) throw new Problem(problems.OWN_PROPOSAL)
  const present = row.status === 'PENDING' && row.expires_at <= now ? 'EXPIRED' : row.status
  if (present !== 'PENDING')
    throw new Problem(problems.NOT_PENDING, { detail: `It is ${present}`, extra: { proposal_status: present } })
  return { row, by }
}

/** Who decides, as the rules about own accounts ask: admin-service acts for officers only, and says nobody's roles. */
export function asOfficer<By extends { kind: string; roles: readonly string[] }>(by: By): By {
  return by.kind === 'service' ? { ...by, roles: ['compliance'] } : by
}

/** The limits that a proposal wishes; what it does not name stays. */
export function wishOf({ changes_daily, changes_monthly, ...row }: LimitProposalRow): {
  daily_limit_cents?: bigint | null
  monthly_limit_cents?: bigint | null
} {
  return {
    ...(changes_daily ? { daily_limit_cents: row.daily_limit_cents } : {}),
    ...(changes_monthly ? { monthly_limit_cents: row.monthly_limit_cents } : {}),
  }
}
