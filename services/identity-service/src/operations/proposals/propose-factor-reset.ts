import { proposeFactorReset as contract } from '#contracts/api/identity-proposals.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { proposeForUser } from '../../store/user-proposals.ts'
import { lockUser } from '../../store/users.ts'

/** Proposes to take a user's second factors. Who has lost them is asked who he is by two persons of the bank, one after the other. */
export const proposeFactorReset = implement(contract, {
  async run({ params: { user_id }, body: { reason } }, context) {
    const { tx, caller, changed } = context
    if (user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_USER)
    const user = await lockUser(tx, user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    const [has] = await tx`
      select 1 from factors where user_id = ${user.user_id} union all select 1 from passkeys where user_id = ${user.user_id}
      union all select 1 from devices where user_id = ${user.user_id} and public_jwk is not null limit 1`
    if (has === undefined) throw new Problem(problems.NOTHING_TO_CHANGE)
    const proposal = await proposeForUser(context, user, { kind: 'FACTOR_RESET', reason })
    changed({ before: null, after: { proposal_id: proposal.proposal_id, kind: proposal.kind } })
    return proposal
  },
})
