import type { Database, Sql } from '#libs/sql/database.ts'
import type { Decision } from '../tables.ts'
import { type ApprovalFull, findApproval } from './approvals.ts'

/** Who is about to decide what, at the service of the subject. */
export interface Claim {
  approval_id: string
  by: string
  decision: Decision
  reason: string | null
}

/**
 * Writes down who is about to decide, before the owner is told: should nobody come back to record it, the owner's event closes the approval in
 * this person's name. `decide` gets the locked row and says whether the claim is a new one, or refuses. True for a new one.
 */
export function claimApproval(
  database: Database,
  { approval_id, by, decision, reason }: Claim,
  decide: (row: ApprovalFull | undefined) => boolean,
  now: Date,
): Promise<boolean> {
  return database.transact(async (tx) => {
    const row = await findApproval(tx, approval_id, { lock: true })
    const isNew = decide(row)
    if (row?.status !== 'PENDING') return isNew
    await tx`
      update approvals set claimed_by = ${by}, claimed_decision = ${decision}, claimed_reason = ${reason}, claimed_at = ${now}
      where approval_id = ${approval_id}`
    return isNew
  })
}

/** Takes a claim back that came to nothing; somebody else's stays. */
export async function giveUpClaim(sql: Sql, { approval_id, by, decision }: Claim): Promise<void> {
  await sql`
    update approvals set claimed_by = null, claimed_decision = null, claimed_reason = null, claimed_at = null
    where approval_id = ${approval_id} and status = 'PENDING' and claimed_by = ${by} and claimed_decision = ${decision}`
}
