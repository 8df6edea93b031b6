import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { stateOf } from '../../domain/lockout.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { readUser, userReply } from '../../store/users.ts'

/** One user. To a customer everybody else is unknown; staff see how the sign-in stands, whom somebody may have asked them to unlock. */
export const getUser = implementRead(api.getUser, {
  async read({ params }, { sql, own, caller }) {
    const isByStaff = isStaff(caller.roles)
    const isShown = params.user_id === caller.sub || isByStaff
    const user = isShown ? await readUser(sql, params.user_id) : undefined
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    if (!isByStaff) return userReply(own.vault, user)
    const sign_in = {
      state: stateOf(user.failed_login_attempts),
      failed_attempts: user.failed_login_attempts,
      locked_until: user.locked_until?.toISOString() ?? null,
      is_password_breached: user.password_breached_at !== null,
    }
    return { ...userReply(own.vault, user), sign_in }
  },
})
