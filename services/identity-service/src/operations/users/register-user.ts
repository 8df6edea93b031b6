import * as api from '#contracts/api/identity.ts'
import { userRegistered } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { implement } from '../../config.ts'
import { checkPassword, hashNewPassword, type PasswordCheck, refuseWeak } from '../../passwords.ts'
import { postMail, reserveMail, sendCode } from '../../store/mails.ts'
import { insertUser, lockUser, lockUserByEmail, userByEmail } from '../../store/users.ts'

type Work = { hash: string; check: null } | { hash: null; check: PasswordCheck }

/**
 * Signs a person up. Whatever is known of the address, the answer and the work are the same: one password is hashed, one mail goes out.
 *
 * An address that is registered again before it was proved keeps its first password. If the second one differs, neither is trusted any
 * more (`is_contested`): who proves the address later must choose a password by mail. So nobody can lie in wait with a password of theirs
 * for the true owner to prove the address, nor slip one in afterwards (account pre-hijacking).
 */
export const registerUser = implement(api.registerUser, {
  async ask({ body }, { sql, own }): Promise<Work> {
    await refuseWeak(own, body)
    const known = await userByEmail(sql, own.vault, body.email)
    return known === undefined
      ? { hash: await hashNewPassword(body.password), check: null }
      : { hash: null, check: await checkPassword(known.is_verified ? undefined : known, body.password) }
  },

  async run({ body }, context, work) {
    const { tx, own, clock, mintId } = context
    const now = clock.wall.now()
    if (work.hash !== null) {
      const user_id = mintId()
      const person = { ...body, user_id, password_hash: work.hash, created_by: user_id }
      if (await insertUser(tx, own.vault, person, now)) {
        const user = await lockUser(tx, user_id)
        context.namedInTrail({ entity_id: user_id })
        await publish(tx, occurred(userRegistered, { user_id }))
        if (user !== undefined) await sendCode(context, user, 'VERIFY')
        return { status: 'ACCEPTED' as const }
      }
    }
    const user = await lockUserByEmail(tx, own.vault, body.email)
    if (user === undefined) return { status: 'ACCEPTED' as const }
    context.namedInTrail({ entity_id: user.user_id })
    if (user.is_verified) {
      if (await reserveMail(context, user.email_hash, 'VERIFY')) await postMail(context, user, 'KNOWN')
    } else {
      // Two registrations that met: this one hashed a password of its own, so it is compared here, late but rarely.
      const check = work.check ?? (await checkPassword(user, body.password))
      if (!check.matches)
        await tx`update users set is_contested = true, updated_at = ${now} where user_id = ${user.user_id}`
      await sendCode(context, user, 'VERIFY')
    }
    return { status: 'ACCEPTED' as const }
  },
})
