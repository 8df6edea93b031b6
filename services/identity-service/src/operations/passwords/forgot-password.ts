import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { postCode, reserveMail, sendCode } from '../../store/mails.ts'
import { lockUserByEmail } from '../../store/users.ts'

/** Sends a code for a new password, or, where the address is not proved yet, the code that proves it. Unknown addresses hear the same. */
export const forgotPassword = implement(api.forgotPassword, {
  async run({ body }, context) {
    const { tx, own } = context
    const user = await lockUserByEmail(tx, own.vault, body.email)
    if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
    if ((await reserveMail(context, own.vault.emailHash(body.email), 'RESET')) && user?.is_active === true) {
      if (user.is_verified) await postCode(context, user, 'RESET')
      else await sendCode(context, user, 'VERIFY')
    }
    return { status: 'ACCEPTED' as const }
  },
})
