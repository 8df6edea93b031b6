import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { openTokens } from '../../store/sessions.ts'
import { checkAttempt, enter } from '../../store/sign-in.ts'

/** Signs in by password; the answer carries the tokens, or what is still to be proved. */
export const login = implement(api.login, {
  ask: ({ body }, context) => checkAttempt(body, context),

  async run({ body }, context, check) {
    const entered = await enter(body, context, check)
    if ('challenge_id' in entered) return entered
    return { status: 'SIGNED_IN' as const, tokens: await openTokens(context, entered) }
  },
})
