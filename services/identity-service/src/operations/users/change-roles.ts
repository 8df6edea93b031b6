import { changeRoles as contract } from '#contracts/api/identity-proposals.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideRoles } from '../../domain/user-proposals.ts'
import { problems } from '../../problems.ts'
import { proposeForUser } from '../../store/user-proposals.ts'
import { lockUser } from '../../store/users.ts'

/**
 * Proposes the roles of another user, who is then staff or a customer, never both: one person must not serve his own account. They count when
 * a second admin approves (`approveUserProposal`): nobody gives rights away alone.
 */
export const changeRoles = implement(contract, {
  async run({ params, body }, context) {
    const { tx, caller, changed } = context
    if (params.user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_ROLES)
    const user = await lockUser(tx, params.user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    const roles = decideRoles(user, body.roles)
    const wish = { kind: 'ROLES' as const, reason: body.reason, roles_before: user.roles, roles }
    const proposal = await proposeForUser(context, user, wish)
    const { proposal_id } = proposal
    changed({ before: { roles: user.roles }, after: { roles: user.roles, proposed_roles: roles, proposal_id } })
    return proposal
  },
})
