import * as api from '#contracts/api/identity-factors.ts'
import { implement } from '../../config.ts'
import { beginCeremony } from '../../store/ceremonies.ts'
import { requestOptions } from '../../store/passkeys.ts'

/** Starts a sign-in by passkey for whoever it will be: the options name no passkey and tell nothing of anybody. */
export const startPasskeyLogin = implement(api.startPasskeyLogin, {
  async run(_input, context) {
    const { own } = context
    const asked = { kind: 'SIGN_IN' as const, user_id: null, session_id: null }
    const { ceremony_id, challenge, expires_at } = await beginCeremony(context, asked)
    const options = requestOptions(own, { challenge, passkeys: [], ttl_s: own.settings.challenge_ttl_s })
    return { ceremony_id, options, expires_at: expires_at.toISOString() }
  },
})
