import * as api from '#contracts/api/identity-clients.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { clientReply } from '../../oauth/registration/client-reply.ts'
import { problems } from '../../problems.ts'
import type { ClientRow } from '../../store/oauth/clients.ts'

const PAGE = 50

/** Third parties, newest first; the cursor is the last client_id. */
export const listClients = implementRead(api.listClients, {
  async read({ query: { limit = PAGE, cursor } }, { sql }) {
    const [after] =
      cursor === undefined
        ? [undefined]
        : await sql<Pick<ClientRow, 'created_at'>[]>`select created_at from oauth_clients where client_id = ${cursor}`
    if (cursor !== undefined && after === undefined) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<ClientRow[]>`
      select * from oauth_clients
      where ${after === undefined} or created_at < ${after?.created_at ?? null}
        or (created_at = ${after?.created_at ?? null} and client_id > ${cursor ?? null})
      order by created_at desc, client_id limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return { items: page.map(clientReply), next_cursor: rows.length > limit ? (page.at(-1)?.client_id ?? null) : null }
  },
})
