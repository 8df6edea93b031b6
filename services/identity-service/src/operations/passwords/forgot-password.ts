import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { renewCodeTries } from '../../store/attempts.ts'
import { sendCode } from '../../store/mails.ts'
import { lockUserByEmail } from '../../store/users.ts'

/** Sends a code for a new password, or, where the address is not proved yet, the code that proves it. Unknown addresses hear the same. */
export const forgotPassword = implement(api.forgotPassword, {
  async run({ body }, context) {
    const { tx, own, clock } = context
    const now = clock.wall.now()
    const email_hash = own.vault.emailHash(body.email)
    await renewCodeTries(tx, email_hash, 'RESET', now)
    const user = await lockUserByEmail(tx, own.vault, body.email)
    if (user?.is_active === true) {
      if (!user.is_verified) await renewCodeTries(tx, email_hash, 'VERIFY', now)
      await sendCode(context, user, user.is_verified ? 'RESET' : 'VERIFY')
    }
    return { status: 'ACCEPTED' as const }
  },
})
