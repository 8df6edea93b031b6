import * as api from '#contracts/api/identity-factors.ts'
import { implement } from '../../config.ts'
import { enterByPasskey } from '../../store/passkey-sign-in.ts'
import { openTokens } from '../../store/sessions.ts'

/** Signs in by passkey; the answer carries the tokens. */
export const loginByPasskey = implement(api.loginByPasskey, {
  async run({ body }, context) {
    const tokens = await openTokens(context, await enterByPasskey(body, context))
    return { status: 'SIGNED_IN' as const, tokens }
  },
})
