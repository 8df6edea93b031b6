import * as api from '#contracts/api/identity.ts'
import { implementRead } from '../../config.ts'
import type { SessionRow } from '../../tables.ts'

/** The active sessions of the signed-in user, the latest used first, at most 100. */
export const listSessions = implementRead(api.listSessions, {
  async read(_input, { sql, clock, caller }) {
    const rows = await sql<SessionRow[]>`
      select * from sessions
      where user_id = ${caller.sub} and status = 'ACTIVE' and expires_at > ${clock.wall.now()}
      order by last_accessed_at desc, session_id desc limit 100`
    const items = rows.map((row) => ({
      session_id: row.session_id,
      status: row.status,
      is_current: row.session_id === caller.session_id,
      device_id: row.device_id,
      created_at: row.created_at.toISOString(),
      last_accessed_at: row.last_accessed_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
    }))
    return { items }
  },
})
