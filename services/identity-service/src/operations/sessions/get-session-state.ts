import * as api from '#contracts/api/identity.ts'
import { implementRead } from '../../config.ts'

/** Whether a session stands now. */
export const getSessionState = implementRead(api.getSessionState, {
  async read({ params }, { sql, clock }) {
    const [row] = await sql`
      select 1 from sessions
      where session_id = ${params.session_id} and status = 'ACTIVE' and expires_at > ${clock.wall.now()}`
    return { is_active: row !== undefined }
  },
})
