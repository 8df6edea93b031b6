import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { readUser, userReply } from '../../store/users.ts'

/** Who is signed in, as the bank knows them now rather than when the token was made. */
export const getMe = implementRead(api.getMe, {
  async read(_input, { sql, own, caller }) {
    const user = await readUser(sql, caller.sub)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    return userReply(own.vault, user)
  },
})
