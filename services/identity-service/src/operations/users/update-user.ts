import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { lockUser, nameOf, userReply, writeName } from '../../store/users.ts'

/** Changes a name: one's own, or an admin anybody's. To everybody else the user is unknown. */
export const updateUser = implement(api.updateUser, {
  async run({ params, body }, { tx, own, clock, caller, changed }) {
    if (body.first_name === undefined && body.last_name === undefined) throw new Problem(problems.NOTHING_TO_CHANGE)
    const isAllowed = params.user_id === caller.sub || caller.roles.includes('admin')
    const user = isAllowed ? await lockUser(tx, params.user_id) : undefined
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    const before = nameOf(own.vault, user)
    const after = { ...before, ...body }
    changed({ before, after })
    return userReply(own.vault, await writeName(tx, own.vault, user.user_id, after, clock.wall.now()))
  },
})
