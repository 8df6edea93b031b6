import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { lockUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Sets the roles of another user, who is then staff or a customer, never both: one person must not serve his own account. Their sessions
 * end, so that no token speaks of the old ones. A customer gets a customer_id; who becomes staff acts as no customer until he is none.
 */
export const changeRoles = implement(api.changeRoles, {
  async run({ params, body }, context) {
    const { tx, own, clock, caller, mintId } = context
    if (params.user_id === caller.sub) throw new Problem(problems.OWN_ROLES)
    const user = await lockUser(tx, params.user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    const roles = [...new Set(body.roles)].sort()
    if (roles.includes('customer') && isStaff(roles)) throw new Problem(problems.ROLES_MIXED)
    const customer_id = user.customer_id ?? (roles.includes('customer') ? mintId() : null)
    const [changed] = await tx<UserRow[]>`
      update users set roles = ${roles}::text[], customer_id = ${customer_id}, updated_at = ${clock.wall.now()}
      where user_id = ${user.user_id} returning *`
    context.changed({ before: { roles: user.roles }, after: { roles } })
    await tx`delete from login_challenges where user_id = ${user.user_id}`
    await revokeSessions(context, user.user_id, { reason: 'ROLES_CHANGED' })
    return userReply(own.vault, changed as UserRow)
  },
})
