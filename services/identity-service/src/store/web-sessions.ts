import type { signInWeb } from '#contracts/api/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { randomToken } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { WEB_SESSION_COOKIE } from '#libs/http/web-session.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { isStaff } from '../domain/tokens.ts'
import type { SessionRow } from '../tables.ts'
import { openSession, soonest } from './sessions.ts'
import type { Entered } from './sign-in.ts'
import { userReply } from './users.ts'

/** No script reads it, no other site sends it, no other host or path has it (RFC 6265bis §4.1.3.2). It ends with the browser. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

/**
 * Opens a session whose secret goes into a cookie, a new one at each sign-in: one that was planted before is worth nothing. It ends when it
 * is not used for a while, and for staff sooner than for customers.
 */
export async function openWebSession(context: WriteContext<Own>, entered: Entered): Promise<ReplyOf<typeof signInWeb>> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const { web_ttl_s, web_staff_ttl_s } = own.settings
  const ends_at = secondsAfter(now, isStaff(entered.user.roles) ? web_staff_ttl_s : web_ttl_s)
  const expires_at = idleEnd(own, now, ends_at)
  const { session_id } = await openSession(context, entered, { expires_at, ends_at })
  const cookie = randomToken()
  await tx`
    insert into web_sessions (cookie_hash, session_id, created_at)
    values (${own.vault.cookieHash(cookie)}, ${session_id}, ${now})`
  context.answerHeader('set-cookie', `${WEB_SESSION_COOKIE}=${cookie}; ${ATTRIBUTES}`)
  return { status: 'SIGNED_IN', user: userReply(own.vault, entered.user) }
}

/** Seconds in which the cookie before the last exchange is still answered: requests that were under way with it did nothing wrong. */
const BEFORE_ANSWERED_S = 10

/**
 * Exchanges the cookie of a browser's session for a new one, when its session becomes worth more: one that somebody planted or saw before is worth
 * nothing after (ASVS 3.2.1). Does nothing for a session that is none of a browser.
 */
export async function exchangeCookie({
  tx,
  own,
  clock,
  caller,
  answerHeader,
}: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller' | 'answerHeader'>): Promise<void> {
  const cookie = randomToken()
  const exchanged = await tx`
    update web_sessions set previous_hash = cookie_hash, cookie_hash = ${own.vault.cookieHash(cookie)}, rotated_at = ${clock.wall.now()}
    where session_id = ${caller.session_id}`
  if (exchanged.count === 1) answerHeader('set-cookie', `${WEB_SESSION_COOKIE}=${cookie}; ${ATTRIBUTES}`)
}

/** The active session behind a cookie, or behind the one that it was just exchanged for. */
export async function sessionOfCookie(
  tx: Queryable,
  own: Own,
  cookie: string,
  now: Date,
): Promise<SessionRow | undefined> {
  const hash = own.vault.cookieHash(cookie)
  const [session] = await tx<SessionRow[]>`
    select s.* from web_sessions w join sessions s using (session_id)
    where (w.cookie_hash = ${hash} or (w.previous_hash = ${hash} and w.rotated_at > ${secondsAfter(now, -BEFORE_ANSWERED_S)}))
      and s.status = 'ACTIVE' and s.expires_at > ${now}`
  return session
}

/** Until when a browser's session stands if it is not used any more. */
export function idleEnd(own: Own, now: Date, ends_at: Date): Date {
  return soonest(secondsAfter(now, own.settings.web_idle_s), ends_at)
}

/** Takes the cookie back from the browser. */
export function takeCookieBack(context: Pick<WriteContext<Own>, 'answerHeader'>): void {
  context.answerHeader('set-cookie', `${WEB_SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
}
