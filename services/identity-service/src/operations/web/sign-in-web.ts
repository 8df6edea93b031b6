import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { checkAttempt, enter } from '../../store/sign-in.ts'
import { openWebSession } from '../../store/web-sessions.ts'

/** Signs a browser in like `login` does, with the session in a cookie instead of tokens. */
export const signInWeb = implement(api.signInWeb, {
  ask: ({ body }, context) => checkAttempt(body, context),

  async run({ body }, context, check) {
    const entered = await enter(body, context, check)
    return 'challenge_id' in entered ? entered : openWebSession(context, entered)
  },
})
