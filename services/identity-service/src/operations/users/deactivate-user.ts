import * as api from '#contracts/api/identity.ts'
import { userDeactivated } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { lockUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Shuts a user out: sessions end, a sign-in sounds like a wrong password, codes are no longer sent. Doing it twice changes nothing. Staff are shut
 * out by admins alone, or one officer could leave the bank without any.
 */
export const deactivateUser = implement(api.deactivateUser, {
  async run({ params }, context) {
    const { tx, own, clock, caller, changed } = context
    const { user_id } = params
    if (user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_USER)
    const user = await lockUser(tx, user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    if (isStaff(user.roles) && !caller.roles.includes('admin'))
      throw new Problem(platformProblems.FORBIDDEN, { detail: 'Staff are deactivated by an admin' })
    if (!user.is_active) return userReply(own.vault, user)
    const now = clock.wall.now()
    const [shut] = await tx<UserRow[]>`
      update users set is_active = false, updated_at = ${now} where user_id = ${user_id} returning *`
    await tx`delete from challenges where user_id = ${user_id}`
    await tx`
      update one_time_codes set voided_at = ${now} where user_id = ${user_id} and consumed_at is null and voided_at is null`
    await revokeSessions(context, user_id, { reason: 'USER_DEACTIVATED' })
    changed({ before: { is_active: true }, after: { is_active: false } })
    await publish(tx, occurred(userDeactivated, { user_id, reason: 'BY_STAFF' }))
    return userReply(own.vault, shut as UserRow)
  },
})
