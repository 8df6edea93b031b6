import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { revokeSessions } from '../../store/sessions.ts'

/** Ends one session of the signed-in user. Somebody else's looks like none. */
export const revokeSession = implement(api.revokeSession, {
  async run({ params }, context) {
    const which = { reason: 'REVOKED_BY_USER', only: params.session_id }
    const ended = context.caller.sub === null ? 0 : await revokeSessions(context, context.caller.sub, which)
    if (ended === 0) throw new Problem(problems.SESSION_NOT_FOUND)
    return {}
  },
})
