import * as api from '#contracts/api/identity-sign-in.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { clearLoginFailures, lockAttempts } from '../../store/attempts.ts'
import { lockUser, readUser, userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Ends the lock of one's own address: somebody else's guesses shut out nobody who can prove himself by two factors, which no guess of a password
 * is. Doing it when nothing is locked changes nothing.
 */
export const endMyLock = implement(api.endMyLock, {
  async run(_input, { tx, own, clock, caller, changed }) {
    if (!(Number(caller.acr) >= 2)) throw new Problem(problems.STRONGER_SIGN_IN_REQUIRED)
    const now = clock.wall.now()
    const known = await readUser(tx, caller.sub)
    if (known === undefined) throw new Problem(problems.STRONGER_SIGN_IN_REQUIRED)
    // The tries of the address are locked before the user, as sign-ins do it.
    await lockAttempts(tx, known.email_hash, 'LOGIN', now)
    const { failed_login_attempts, locked_until } = (await lockUser(tx, known.user_id)) as UserRow
    await clearLoginFailures(tx, known.email_hash, now)
    changed({
      before: { failed_login_attempts, locked_until: locked_until?.toISOString() ?? null },
      after: { failed_login_attempts: 0, locked_until: null },
    })
    return userReply(own.vault, (await readUser(tx, known.user_id)) as UserRow)
  },
})
