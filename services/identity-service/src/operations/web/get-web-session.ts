import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { readUser, userReply } from '../../store/users.ts'
import type { SessionRow } from '../../tables.ts'

/** Who is signed in with this browser, and how long that lasts. */
export const getWebSession = implementRead(api.getWebSession, {
  async read(_input, { sql, own, caller }) {
    const [session] = await sql<Pick<SessionRow, 'expires_at' | 'ends_at'>[]>`
      select expires_at, ends_at from web_sessions join sessions using (session_id)
      where session_id = ${caller.session_id} and user_id = ${caller.sub}`
    const user = await readUser(sql, caller.sub)
    if (session === undefined || user === undefined) throw new Problem(problems.NO_WEB_SESSION)
    return {
      user: userReply(own.vault, user),
      idle_expires_at: session.expires_at.toISOString(),
      expires_at: session.ends_at.toISOString(),
    }
  },
})
