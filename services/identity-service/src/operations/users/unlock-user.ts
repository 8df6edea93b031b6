import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { forgetAttempts } from '../../store/attempts.ts'
import { unlockDevices } from '../../store/sign-in-lane.ts'
import { readUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/** Ends every lock of a user, of the address and of devices, and forgets wrong passwords and codes, those of the month included. */
export const unlockUser = implement(api.unlockUser, {
  async run({ params, body }, { tx, own, clock, caller, changed }) {
    if (params.user_id === caller.sub) throw new Problem(problems.OWN_USER)
    const user = await readUser(tx, params.user_id)
    if (user === undefined) throw new Problem(problems.USER_NOT_FOUND)
    await forgetAttempts(tx, user.email_hash)
    await unlockDevices(tx, user.user_id)
    const [unlocked] = await tx<UserRow[]>`
      update users set failed_login_attempts = 0, locked_until = null, updated_at = ${clock.wall.now()}
      where user_id = ${user.user_id} returning *`
    const { failed_login_attempts, locked_until } = user
    const before = { failed_login_attempts, locked_until: locked_until?.toISOString() ?? null }
    changed({ before, after: { failed_login_attempts: 0, locked_until: null, reason: body.reason } })
    return userReply(own.vault, unlocked as UserRow)
  },
})
