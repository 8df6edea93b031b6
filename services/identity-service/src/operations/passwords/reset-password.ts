import * as api from '#contracts/api/identity.ts'
import { passwordChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { hashNewPassword, refuseWeak } from '../../passwords.ts'
import { problems } from '../../problems.ts'
import { clearLoginFailures } from '../../store/attempts.ts'
import { consumeCode } from '../../store/codes.ts'
import { writePassword } from '../../store/new-password.ts'

/**
 * Sets a new password by a mailed code. Whoever was signed in is signed out, and a lock is lifted, for it was about the password that is gone;
 * second factors stay. Staff of a production bank have no password: a code from before they were staff is none any more.
 */
export const resetPassword = implement(api.resetPassword, {
  async ask({ body }, { own }) {
    await refuseWeak(own, body)
    return hashNewPassword(body.password)
  },

  async run({ body }, context, password_hash) {
    const { tx, own, clock } = context
    const user = await consumeCode(context, { email: body.email, code: body.code, purpose: 'RESET' })
    if (own.profile === 'production' && isStaff(user.roles)) throw new Problem(problems.CODE_WRONG)
    await clearLoginFailures(tx, user.email_hash, clock.wall.now())
    await writePassword(context, user, password_hash)
    await publish(tx, occurred(passwordChanged, { user_id: user.user_id }))
    return { status: 'ACCEPTED' as const }
  },
})
