import * as api from '#contracts/api/transaction.ts'
import { implement } from '../../config.ts'
import { policyOf } from '../../store/sca.ts'
import { limitsOf, policyColumns, policyReply, type ScaPolicyRow } from '../../store/sca-policies.ts'

/** Proposes a policy. Nothing changes by it: a second person decides. */
export const proposeScaPolicy = implement(api.proposeScaPolicy, {
  async run({ body }, { tx, own, clock, caller, mintId, changed }) {
    const { reason, ...limits } = body
    const inForce = await policyOf(tx, own.policy)
    const policy = {
      ...{ policy_id: mintId(), based_on: inForce.version, status: 'PROPOSED', ...limits },
      ...{ reason, proposed_by: caller.sub ?? '', proposed_at: clock.wall.now() },
    }
    const [row] = await tx<ScaPolicyRow[]>`insert into sca_policies ${tx(policy)} returning ${policyColumns(tx)}`
    changed({ before: limitsOf(inForce), after: { ...limits, reason } })
    return policyReply(row as ScaPolicyRow, inForce.version)
  },
})
