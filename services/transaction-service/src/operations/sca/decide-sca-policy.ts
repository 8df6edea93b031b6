import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { policyOf } from '../../store/sca.ts'
import { limitsOf, policyColumns, policyReply, type ScaPolicyRow } from '../../store/sca-policies.ts'

/** Puts a policy in force as the next version, or rejects it: never by who proposed it, nor over one that came into force meanwhile. */
export const decideScaPolicy = implement(api.decideScaPolicy, {
  async run({ params: { policy_id }, body }, { tx, own, clock, caller, changed }) {
    // Decisions are made one after the other, so that versions follow each other.
    await tx`select pg_advisory_xact_lock(hashtextextended('sca policies', 0))`
    const [row] = await tx<ScaPolicyRow[]>`
      select ${policyColumns(tx)} from sca_policies where policy_id = ${policy_id} for update`
    if (row === undefined) throw new Problem(problems.POLICY_NOT_FOUND)
    if (row.proposed_by === caller.sub) throw new Problem(problems.OWN_POLICY)
    if (row.status !== 'PROPOSED') throw new Problem(problems.POLICY_DECIDED)
    const inForce = await policyOf(tx, own.policy)
    const isApproved = body.decision === 'APPROVED'
    if (isApproved && row.based_on !== inForce.version) throw new Problem(problems.POLICY_CHANGED)
    const decision = {
      ...{ status: body.decision, version: isApproved ? inForce.version + 1 : null },
      ...{ decided_by: caller.sub, decided_at: clock.wall.now(), decision_reason: body.reason },
    }
    const [after] = await tx<ScaPolicyRow[]>`
      update sca_policies set ${tx(decision)} where policy_id = ${policy_id} returning ${policyColumns(tx)}`
    changed({
      before: { version: inForce.version, ...limitsOf(inForce) },
      after: { ...decision, ...(isApproved ? limitsOf(row) : {}) },
    })
    return policyReply(after as ScaPolicyRow, decision.version ?? inForce.version)
  },
})
