import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { revokeSessions } from '../../store/sessions.ts'

/** Ends the session of the token; ending an ended one changes nothing. */
export const logout = implement(api.logout, {
  async run(_input, context) {
    const { sub, session_id } = context.caller
    if (sub !== null && session_id !== null) await revokeSessions(context, sub, { reason: 'LOGOUT', only: session_id })
    return {}
  },
})
