import * as api from '#contracts/api/identity-factors.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beginCeremony } from '../../store/ceremonies.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { creationOptions } from '../../store/passkey-registration.ts'
import { passkeysOf, requireRelyingParty } from '../../store/passkeys.ts'

const PASSKEYS_AT_MOST = 20

/**
 * Starts the registration of a passkey, after the proof that any change of factors takes. What it asks for is in
 * `creationOptions`.
 */
export const startPasskey = implement(api.startPasskey, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, caller } = context
    requireRelyingParty(own)
    const user = await proveStrength(context, body, check)
    const { user_id } = user
    const standing = await passkeysOf(tx, user_id)
    if (standing.length >= PASSKEYS_AT_MOST) throw new Problem(problems.TOO_MANY_PASSKEYS)
    const asked = { kind: 'REGISTER' as const, user_id, session_id: caller.session_id }
    const { ceremony_id, challenge, expires_at } = await beginCeremony(context, asked)
    const options = creationOptions(own, user, { challenge, standing, ttl_s: own.settings.challenge_ttl_s })
    return { ceremony_id, options, expires_at: expires_at.toISOString() }
  },
})
