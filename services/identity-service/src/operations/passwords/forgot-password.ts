import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { postCode, reserveMail, sendCode } from '../../store/mails.ts'
import { lockUserByEmail } from '../../store/users.ts'

/**
 * Sends a code for a new password, or, where the address is not proved yet, the code that proves it. Unknown addresses hear the same, and so
 * do staff of a production bank, who have passkeys: whoever holds a mailbox must not become staff by it.
 */
export const forgotPassword = implement(api.forgotPassword, {
  async run({ body }, context) {
    const { tx, own } = context
    const user = await lockUserByEmail(tx, own.vault, body.email)
    if (user !== undefined) context.namedInTrail({ entity_id: user.user_id })
    const isReserved = await reserveMail(context, own.vault.emailHash(body.email), 'RESET')
    const hasPassword = user?.is_active === true && !(own.profile === 'production' && isStaff(user.roles))
    if (isReserved && hasPassword) {
      if (user.is_verified) await postCode(context, user, 'RESET')
      else await sendCode(context, user, 'VERIFY')
    }
    return { status: 'ACCEPTED' as const }
  },
})
