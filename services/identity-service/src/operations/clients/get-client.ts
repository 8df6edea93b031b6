import * as api from '#contracts/api/identity-clients.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { clientReply } from '../../oauth/registration/client-reply.ts'
import { problems } from '../../problems.ts'
import type { ClientRow } from '../../store/oauth/clients.ts'

/** One third party, suspended ones included. */
export const getClient = implementRead(api.getClient, {
  async read({ params }, { sql }) {
    const [client] = await sql<ClientRow[]>`select * from oauth_clients where client_id = ${params.client_id}`
    if (client === undefined) throw new Problem(problems.CLIENT_NOT_FOUND)
    return clientReply(client)
  },
})
