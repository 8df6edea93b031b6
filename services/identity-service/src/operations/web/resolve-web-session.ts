import * as api from '#contracts/api/identity.ts'
import { implement } from '../../config.ts'
import { secondsAfter, secondsUntil } from '../../domain/lockout.ts'
import { accessToken } from '../../store/sessions.ts'
import { readUser } from '../../store/users.ts'
import { idleEnd, sessionOfCookie } from '../../store/web-sessions.ts'

/** A token of a browser's session never leaves the bank, so it need not live long. */
const TOKEN_TTL_S = 60
/** Roles and idle time are looked at again after it; a revocation is heard of sooner, by the feed. */
const KEEP_S = 20
/** The idle time is moved by one write a minute at most. */
const MOVED_EACH_S = 60

/**
 * The access token behind a cookie, and a use of its session; a stream is none, or a page that is left open would never be idle. Null for a
 * cookie that stands for none, or none any more.
 */
export const resolveWebSession = implement(api.resolveWebSession, {
  async run({ body }, { tx, own, clock }) {
    const now = clock.wall.now()
    const session = await sessionOfCookie(tx, own, body.cookie, now)
    const user = session && (await readUser(tx, session.user_id))
    if (session === undefined || user?.is_active !== true) return { access_token: null, keep_s: KEEP_S }
    const isUse = body.is_stream !== true
    const until = isUse ? idleEnd(own, now, session.ends_at) : session.expires_at
    if (isUse && session.last_accessed_at <= secondsAfter(now, -MOVED_EACH_S))
      await tx`
        update sessions set last_accessed_at = ${now}, expires_at = ${until}
        where session_id = ${session.session_id} and status = 'ACTIVE'`
    const left_s = secondsUntil(until, now)
    const longest_s = isUse ? TOKEN_TTL_S : own.settings.access_token_ttl_s
    const token = accessToken(own, user, session, { ttl_s: Math.min(longest_s, left_s), now })
    return { access_token: token, keep_s: Math.min(KEEP_S, left_s) }
  },
})
