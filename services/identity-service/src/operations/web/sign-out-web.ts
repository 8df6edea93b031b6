import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { takeCookieBack } from '../../store/web-sessions.ts'

/** Ends the browser's session and takes its cookie back; ending an ended one changes nothing. */
export const signOutWeb = implement(api.signOutWeb, {
  async run(_input, context) {
    const { sub, session_id } = context.caller
    if (sub !== null && session_id !== null) await revokeSessions(context, sub, { reason: 'LOGOUT', only: session_id })
    takeCookieBack(context)
    return {}
  },
})
