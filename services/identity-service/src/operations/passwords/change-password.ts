import * as api from '#contracts/api/identity-sign-in.ts'
import { passwordChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isLocked } from '../../domain/lockout.ts'
import { checkPassword, hashNewPassword, type PasswordCheck, refuseWeak } from '../../passwords.ts'
import { problems } from '../../problems.ts'
import { writeLoginAttempts } from '../../store/attempts.ts'
import { writePassword } from '../../store/new-password.ts'
import { refuseLocked } from '../../store/sign-in.ts'
import { countFailure } from '../../store/sign-in-failures.ts'
import { lockLane, readLane } from '../../store/sign-in-lane.ts'
import { emailOf, readUser } from '../../store/users.ts'
import { exchangeCookie } from '../../store/web-sessions.ts'

interface Work {
  check: PasswordCheck
  /** Null where the present password was wrong: then nothing more is hashed. */
  password_hash: string | null
}

/**
 * Sets a new password by the present one (ASVS 2.1.6). Whoever else is signed in, what third parties were allowed and what was half finished
 * ends with the old one; the session that asks stays, and its device stays known. A stolen session that guesses the present password is
 * counted and locked like a sign-in on its device.
 */
export const changePassword = implement(api.changePassword, {
  async ask({ body }, { sql, own, clock, caller }): Promise<Work | null> {
    const user = await readUser(sql, caller.sub)
    if (user === undefined) return null
    const { email_hash } = user
    const { device_id } = caller
    if (isLocked(await readLane(sql, own.vault, { email_hash, device_id }), clock.wall.now())) return null
    if (body.new_password === body.current_password) throw new Problem(problems.PASSWORD_UNCHANGED)
    await refuseWeak(own, { password: body.new_password, email: emailOf(own.vault, user), pointer: '/new_password' })
    const check = await checkPassword(user, body.current_password)
    return { check, password_hash: check.matches ? await hashNewPassword(body.new_password) : null }
  },

  async run(_input, context, work) {
    const { tx, own, clock, caller } = context
    const now = clock.wall.now()
    const asking = await readUser(tx, caller.sub)
    if (asking === undefined) throw new Problem(problems.CREDENTIALS_WRONG)
    const attempted = { email_hash: asking.email_hash, device_id: caller.device_id }
    const { lane, user } = await lockLane(tx, own.vault, attempted, now)
    if (work === null || user === undefined || isLocked(lane, now)) return refuseLocked(lane, now)
    const isRight = work.check.matches && work.check.seen === user.password_hash
    if (!isRight || work.password_hash === null) {
      await countFailure(context, lane, user, 'CREDENTIALS_WRONG')
      return refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
    }
    // Wrong ones before it were the person's own mistakes; those of the address, if it is locked from elsewhere, stay counted.
    if (lane.device_hash === null)
      await writeLoginAttempts(tx, user.email_hash, { failures: 0, locked_until: null }, now)
    const kept = { session_id: caller.session_id, device_id: caller.device_id }
    const ended_sessions = await writePassword(context, user, work.password_hash, kept)
    await publish(tx, occurred(passwordChanged, { user_id: user.user_id }))
    await exchangeCookie(context)
    return { ended_sessions }
  },
})
