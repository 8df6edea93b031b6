import { revokeApiKey as contract } from '#contracts/api/identity-api-keys.ts'
import { implement } from '../../config.ts'
import { lockApiKey } from '../../store/api-keys.ts'
import { revokeSessions } from '../../store/sessions.ts'

/** Ends a key with its session, and with it every token that was made of it. */
export const revokeApiKey = implement(contract, {
  async run({ params: { key_id } }, context) {
    const { key_id: id, session_id, user_id, status } = await lockApiKey(context, key_id)
    await revokeSessions(context, user_id, { reason: 'REVOKED_BY_USER', only: session_id })
    context.changed({ before: { key_id: id, status }, after: { key_id: id, status: 'REVOKED' } })
    return {}
  },
})
