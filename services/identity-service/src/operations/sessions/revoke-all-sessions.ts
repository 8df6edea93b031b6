import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { revokeSessions } from '../../store/sessions.ts'

/** Ends the other sessions of the signed-in user, browsers and apps alike; the one that asks stays. */
export const revokeAllSessions = implement(api.revokeAllSessions, {
  async run(_input, context) {
    const { sub, session_id } = context.caller
    const which = { reason: 'REVOKED_BY_USER', except: session_id }
    const revoked = sub === null ? 0 : await revokeSessions(context, sub, which)
    context.changed({ before: { other_sessions: revoked }, after: { other_sessions: 0 } })
    return { revoked }
  },
})
