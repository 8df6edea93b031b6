import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { openTokens } from '../../store/sessions.ts'
import { enterByFactor } from '../../store/sign-in.ts'

/** Completes a sign-in with a second factor; the answer carries the tokens. */
export const verifyFactor = implement(api.verifyFactor, {
  run: async ({ body }, context) => openTokens(context, await enterByFactor(body, context)),
})
