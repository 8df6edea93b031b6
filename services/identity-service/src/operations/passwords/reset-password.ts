import * as api from '#contracts/api/identity.ts'
import { passwordChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { implement } from '../../config.ts'
import { hashNewPassword, refuseWeak } from '../../passwords.ts'
import { clearLoginFailures } from '../../store/attempts.ts'
import { consumeCode } from '../../store/codes.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { forgetDevices } from '../../store/sign-in-lane.ts'

/** Sets a new password by a mailed code. Whoever was signed in is signed out, a lock is lifted; second factors stay. */
export const resetPassword = implement(api.resetPassword, {
  ask({ body }) {
    refuseWeak(body.password, body.email)
    return hashNewPassword(body.password)
  },

  async run({ body }, context, password_hash) {
    const { tx, clock } = context
    const now = clock.wall.now()
    const user = await consumeCode(context, { email: body.email, code: body.code, purpose: 'RESET' })
    await tx`update users set password_hash = ${password_hash}, updated_at = ${now} where user_id = ${user.user_id}`
    await clearLoginFailures(tx, user.email_hash, now)
    await forgetDevices(tx, user.user_id)
    await tx`delete from login_challenges where user_id = ${user.user_id}`
    await revokeSessions(context, user.user_id, { reason: 'PASSWORD_CHANGED' })
    await publish(tx, occurred(passwordChanged, { user_id: user.user_id }))
    return { status: 'ACCEPTED' as const }
  },
})
