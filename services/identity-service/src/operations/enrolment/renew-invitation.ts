import * as api from '#contracts/api/identity-sign-in.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/tokens.ts'
import { problems } from '../../problems.ts'
import { hasSecondFactor } from '../../store/factor-words.ts'
import { requireRelyingParty } from '../../store/passkeys.ts'
import { mailInvitation } from '../../store/staff-invitations.ts'
import { lockUser } from '../../store/users.ts'

/**
 * Mails a new link to somebody who works here and has no second factor: the first link ran out, two persons took the lost ones away, or he was a
 * customer before. The link goes to his mailbox and not to who asks for it; whoever has a factor adds a passkey by that.
 */
export const renewInvitation = implement(api.renewInvitation, {
  async run({ params, body: { reason } }, context) {
    const { tx, own, caller, changed } = context
    requireRelyingParty(own)
    if (params.user_id.toLowerCase() === caller.sub) throw new Problem(problems.OWN_USER)
    const user = await lockUser(tx, params.user_id)
    if (user?.is_active !== true) throw new Problem(problems.USER_NOT_FOUND)
    // Who was invited has no roles before they are approved, and no password either.
    if (!isStaff(user.roles) && (user.roles.length > 0 || user.password_hash !== ''))
      throw new Problem(problems.NOT_STAFF)
    if (await hasSecondFactor(tx, user.user_id)) throw new Problem(problems.FACTOR_EXISTS)
    const expires_at = await mailInvitation(context, user)
    changed({ before: null, after: { invitation_expires_at: expires_at.toISOString(), reason } })
    return { invitation_expires_at: expires_at.toISOString() }
  },
})
