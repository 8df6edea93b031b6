import * as api from '#contracts/api/identity-factors.ts'
import { implement } from '../../config.ts'
import { enterByPasskey } from '../../store/passkey-sign-in.ts'
import { openWebSession } from '../../store/web-sessions.ts'

/** Signs a browser in by passkey; the session's secret goes into a cookie. */
export const signInWebByPasskey = implement(api.signInWebByPasskey, {
  run: async ({ body }, context) => openWebSession(context, await enterByPasskey(body, context)),
})
