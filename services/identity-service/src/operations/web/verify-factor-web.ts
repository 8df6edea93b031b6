import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { enterByFactor } from '../../store/sign-in.ts'
import { openWebSession } from '../../store/web-sessions.ts'

/** Completes a browser's sign-in with a second factor; only now there is a session and its cookie. */
export const verifyFactorWeb = implement(api.verifyFactorWeb, {
  run: async ({ body }, context) => openWebSession(context, await enterByFactor(body, context)),
})
