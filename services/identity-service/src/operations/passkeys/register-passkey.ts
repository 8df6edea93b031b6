import * as api from '#contracts/api/identity-factors.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { takeCeremony } from '../../store/ceremonies.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { keepPasskey, registrationOf } from '../../store/passkey-registration.ts'
import { passkeyReply } from '../../store/passkeys.ts'
import { lockUser } from '../../store/users.ts'

/** Completes the registration of a passkey; the proof was given when it began. Other sessions end, as with every new factor. */
export const registerPasskey = implement(api.registerPasskey, {
  async run({ body }, context) {
    const { tx, own, caller } = context
    const user = await lockUser(tx, caller.sub)
    const challenge = await takeCeremony(context, { ceremony_id: body.ceremony_id, kind: 'REGISTER' })
    if (user?.is_active !== true) throw new Problem(problems.CEREMONY_GONE)
    const made = await registrationOf(own, body.passkey, challenge)
    if (made === null) return refuse(new Problem(problems.PASSKEY_WRONG), { keep: true })
    const row = await keepPasskey(context, user.user_id, { made, name: body.name })
    if (row === undefined) return refuse(new Problem(problems.PASSKEY_KNOWN), { keep: true })
    const recovery_codes = await factorAdded(context, user.user_id, 'PASSKEY')
    const { passkey_id, aaguid, is_device_bound } = row
    context.changed({ before: null, after: { passkey_id, aaguid, is_device_bound } })
    return { passkey: passkeyReply(row), recovery_codes }
  },
})
