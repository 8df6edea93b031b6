import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { readUser, userReply } from '../../store/users.ts'

/** One user. To a customer everybody else is unknown. */
export const getUser = implementRead(api.getUser, {
  async read({ params }, { sql, own, caller }) {
    const isShown = params.user_id === caller.sub || isStaff(caller.roles)
    const user = isShown ? await readUser(sql, params.user_id) : undefined
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    return userReply(own.vault, user)
  },
})
