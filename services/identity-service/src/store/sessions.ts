import type { refreshTokens } from '#contracts/api/identity.ts'
import { sessionRevoked, userLoggedIn } from '#contracts/events/identity.ts'
import { REVOCATIONS } from '#contracts/nudges.ts'
import { tellAfterCommit } from '#libs/cache/after-commit.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { randomToken, sha256 } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { FIRST_PARTY } from '#libs/http/verifier.ts'
import { publish, publishAll } from '#libs/outbox/publish.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { accessClaims } from '../domain/tokens.ts'
import type { SessionRow, UserRow } from '../tables.ts'
import { type Ending, endConsentsOf, type Why } from './consents/ending.ts'
import { noteDevice } from './devices.ts'
import { dropBrowsersOf } from './oauth/artifacts.ts'
import type { Entered } from './sign-in.ts'
import { recordSignIn } from './sign-in-lane.ts'

type Writing = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller' | 'mintId' | 'namedInTrail'>
type TokensReply = ReplyOf<typeof refreshTokens>

/** Opens a session whose bearer holds tokens. */
export async function openTokens(context: Writing, entered: Entered): Promise<TokensReply> {
  const { own, clock } = context
  const now = clock.wall.now()
  const ends_at = secondsAfter(now, own.settings.session_ttl_s)
  const expires_at = soonest(secondsAfter(now, own.settings.refresh_token_ttl_s), ends_at)
  const session = await openSession(context, entered, { expires_at, ends_at })
  const refresh_token = randomToken()
  await storeRefreshToken(context, refresh_token, session.session_id, expires_at)
  return tokensOf(own, entered.user, session, { refresh_token, expires_at, now })
}

/** Opens a session after a whole sign-in: its row, the event, and its lane's failures forgotten. */
export async function openSession(
  context: Writing,
  { user, ...how }: Entered,
  { expires_at, ends_at }: Pick<SessionRow, 'expires_at' | 'ends_at'>,
): Promise<SessionRow> {
  const { tx, own, clock, caller, mintId } = context
  const now = clock.wall.now()
  // Who names no device is on a new one each time: leaving it out must not be a way around.
  const cooling_off_until =
    how.device_id === null
      ? secondsAfter(now, own.settings.device_cooling_off_s)
      : await noteDevice(tx, own, { user_id: user.user_id, device_id: how.device_id }, now)
  const [session] = await tx<SessionRow[]>`
    insert into sessions (session_id, user_id, status, device_id, cooling_off_until, amr, authenticated_at, created_at, last_accessed_at,
      expires_at, ends_at)
    values (${mintId()}, ${user.user_id}, 'ACTIVE', ${how.device_id}, ${cooling_off_until}, ${how.amr}::text[], ${now}, ${now}, ${now},
      ${expires_at}, ${ends_at})
    returning *`
  const opened = session as SessionRow
  context.namedInTrail({ user_id: user.user_id, session_id: opened.session_id })
  const { device_id } = how
  await recordSignIn(tx, own.vault, { lane: how.lane, user_id: user.user_id, device_id }, now)
  await publish(
    tx,
    occurred(userLoggedIn, {
      user_id: user.user_id,
      session_id: opened.session_id,
      client_id: null,
      ip_hash: caller.ip_hash,
      device_id: how.device_id,
      auth_method: how.amr.join('+'),
    }),
  )
  return opened
}

/** The answer that carries tokens: a fresh access token, and the given refresh token. */
export function tokensOf(
  own: Own,
  user: UserRow,
  session: SessionRow,
  { refresh_token, expires_at, now }: { refresh_token: string; expires_at: Date; now: Date },
): TokensReply {
  const ttl_s = own.settings.access_token_ttl_s
  return {
    token_type: 'Bearer',
    access_token: accessToken(own, user, session, { ttl_s, now }),
    expires_in: ttl_s,
    refresh_token,
    refresh_expires_in: Math.max(0, Math.floor((expires_at.getTime() - now.getTime()) / 1000)),
    session_id: session.session_id,
  }
}

/** An access token of a session that is good for `ttl_s` from now. */
export function accessToken(
  own: Own,
  user: UserRow,
  session: SessionRow,
  { ttl_s, now }: { ttl_s: number; now: Date },
): string {
  const { issuer, audience, typ } = FIRST_PARTY
  const claims = { iss: issuer, aud: audience, ...accessClaims(user, session) }
  return signJwt(claims, { key: own.keyRing.active, typ, ttl_s, now_s: Math.floor(now.getTime() / 1000) })
}

/** Keeps the hash of a refresh token. */
export async function storeRefreshToken(
  { tx, clock }: Pick<Writing, 'tx' | 'clock'>,
  token: string,
  session_id: string,
  expires_at: Date,
): Promise<void> {
  await tx`
    insert into refresh_tokens (token_hash, session_id, issued_at, expires_at)
    values (${hashOf(token)}, ${session_id}, ${clock.wall.now()}, ${expires_at})`
}

/** How a refresh token is found again; it has full entropy, so a plain hash is enough. */
export function hashOf(token: string): string {
  return sha256(token).toString('base64url')
}

/**
 * Ends sessions of a user: one, or all but one. Their access tokens die with the next look at the feed, and consents behind them are ended with
 * them; all of them are ended with what browsers are signed in to for third parties. Returns how many sessions ended.
 */
export async function revokeSessions(
  context: Ending,
  user_id: string,
  which: { reason: string; only?: string; except?: string | null },
): Promise<number> {
  const { tx, clock } = context
  const now = clock.wall.now()
  const revoked = await tx<EndedSession[]>`
    update sessions set status = 'REVOKED', revoked_at = ${now}, revoked_reason = ${which.reason}
    where user_id = ${user_id} and status = 'ACTIVE'
      and (${which.only ?? null}::uuid is null or session_id = ${which.only ?? null})
      and (${which.except ?? null}::uuid is null or session_id <> ${which.except ?? null})
    returning session_id, user_id`
  if (which.only === undefined) await dropBrowsersOf(tx, user_id)
  const by = which.reason === 'REVOKED_BY_USER' ? 'CUSTOMER' : 'POLICY'
  await followEnds(context, revoked, { by, reason: which.reason })
  return revoked.length
}

/** Ends sessions whosever they are, and the consents behind them. Returns how many of each ended. */
export async function endSessions(
  context: Ending,
  session_ids: readonly string[],
  why: Why,
): Promise<{ sessions: number; consents: number }> {
  if (session_ids.length === 0) return { sessions: 0, consents: 0 }
  const revoked = await context.tx<EndedSession[]>`
    update sessions set status = 'REVOKED', revoked_at = ${context.clock.wall.now()}, revoked_reason = ${why.reason}
    where session_id in (
      select session_id from sessions where session_id = any(${[...session_ids]}::uuid[]) and status = 'ACTIVE'
      order by session_id for update)
    returning session_id, user_id`
  return { sessions: revoked.length, consents: await followEnds(context, revoked, why) }
}

type EndedSession = Pick<SessionRow, 'session_id' | 'user_id'>

async function followEnds(context: Ending, ended: readonly EndedSession[], why: Why): Promise<number> {
  if (ended.length > 0) tellAfterCommit(context.tx, REVOCATIONS)
  await publishAll(
    context.tx,
    ended.map(({ session_id, user_id }) => occurred(sessionRevoked, { session_id, user_id })),
  )
  const session_ids = ended.map(({ session_id }) => session_id)
  return endConsentsOf(context, session_ids, why)
}

/** The earlier of two moments. */
export function soonest(a: Date, b: Date): Date {
  return a < b ? a : b
}
