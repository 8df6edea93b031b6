import * as api from '#contracts/api/identity-clients.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { endAllOfClient } from '../../oauth/ending.ts'
import { problems } from '../../problems.ts'
import type { ClientRow } from '../../store/oauth/clients.ts'

/** Shuts a third party out at once: it authenticates no more, and what it holds ends with the sessions of its consents. */
export const suspendClient = implement(api.suspendClient, {
  async run({ params: { client_id }, body: { reason } }, context) {
    const { tx, clock, caller, changed } = context
    const [client] = await tx<ClientRow[]>`select * from oauth_clients where client_id = ${client_id} for update`
    if (client === undefined) throw new Problem(problems.CLIENT_NOT_FOUND)
    if (client.status === 'SUSPENDED') throw new Problem(problems.CLIENT_SUSPENDED)
    await tx`
      update oauth_clients set status = 'SUSPENDED', suspended_by = ${caller.sub}, suspended_reason = ${reason},
        suspended_at = ${clock.wall.now()}
      where client_id = ${client_id}`
    const consents_ended = await endAllOfClient(context, client_id, { by: 'BANK', reason: 'CLIENT_SUSPENDED' })
    changed({ before: { status: client.status }, after: { status: 'SUSPENDED', reason, consents_ended } })
    return { client_id, status: 'SUSPENDED' as const, consents_ended }
  },
})
