import * as api from '#contracts/api/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { randomToken } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { hashOf, revokeSessions, soonest, storeRefreshToken, tokensOf } from '../../store/sessions.ts'
import { openSuccessor, sealSuccessor } from '../../successor.ts'
import type { RefreshTokenRow, SessionRow, UserRow } from '../../tables.ts'

interface Presented {
  token: string
  device_id: string | null
}

/**
 * Rotates a refresh token (RFC 9700 §4.14.2). A token that was used before ends its whole session, unless the same device asks again within
 * seconds: two tabs that refresh at once both get the one successor.
 */
export const refreshTokens = implement(api.refreshTokens, {
  async run({ body }, context) {
    const presented = { token: body.refresh_token, device_id: body.device_id ?? null }
    return (await rotate(context, presented)) ?? (await replay(context, presented))
  },
})

/** One UPDATE decides who of many uses the token; undefined for all the others. */
async function rotate(
  context: WriteContext<Own>,
  { token, device_id }: Presented,
): Promise<ReplyOf<typeof api.refreshTokens> | undefined> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const refresh_token = randomToken()
  const used = await tx`
    update refresh_tokens t set used_at = ${now}, successor_encrypted = ${sealSuccessor(token, refresh_token)}
    from sessions s
    where t.token_hash = ${hashOf(token)} and t.used_at is null and t.expires_at > ${now} and s.session_id = t.session_id
      and s.status = 'ACTIVE' and s.ends_at > ${now} and s.device_id is not distinct from ${device_id}
    returning s.session_id, s.ends_at`
  const [won] = used as unknown as Pick<SessionRow, 'session_id' | 'ends_at'>[]
  if (won === undefined) return undefined
  const expires_at = soonest(secondsAfter(now, own.settings.refresh_token_ttl_s), won.ends_at)
  const [session] = await tx<SessionRow[]>`
    update sessions set last_accessed_at = ${now}, expires_at = ${expires_at}
    where session_id = ${won.session_id} and status = 'ACTIVE' returning *`
  if (session === undefined) throw wrongToken()
  await storeRefreshToken(context, refresh_token, session.session_id, expires_at)
  context.namedInTrail({ user_id: session.user_id, session_id: session.session_id })
  return tokensOf(own, await activeUser(context, session), session, { refresh_token, expires_at, now })
}

/** A token that cannot be rotated: the same answer again within the window, else the end of a session whose token leaked. */
async function replay(
  context: WriteContext<Own>,
  { token, device_id }: Presented,
): Promise<ReplyOf<typeof api.refreshTokens>> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const [row] = await tx<RefreshTokenRow[]>`select * from refresh_tokens where token_hash = ${hashOf(token)}`
  const [session] = await tx<SessionRow[]>`
    select * from sessions where session_id = ${row?.session_id ?? null} and status = 'ACTIVE' for update`
  if (row === undefined || session === undefined || session.expires_at <= now) throw wrongToken()
  const same_device = session.device_id === device_id
  if (row.used_at === null && same_device) throw wrongToken()
  const replayable = row.used_at !== null && now <= secondsAfter(row.used_at, own.settings.refresh_replay_s)
  if (same_device && replayable && row.successor_encrypted !== null) {
    const refresh_token = openSuccessor(token, row.successor_encrypted)
    const { expires_at } = session
    context.namedInTrail({ user_id: session.user_id, session_id: session.session_id })
    return tokensOf(own, await activeUser(context, session), session, { refresh_token, expires_at, now })
  }
  context.namedInTrail({ entity_id: session.session_id })
  const reason = same_device ? 'REFRESH_TOKEN_REUSED' : 'OTHER_DEVICE'
  await revokeSessions(context, session.user_id, { reason, only: session.session_id })
  return refuse(wrongToken(), { keep: true })
}

async function activeUser({ tx }: WriteContext<Own>, session: SessionRow): Promise<UserRow> {
  const [user] = await tx<UserRow[]>`select * from users where user_id = ${session.user_id} and is_active`
  if (user === undefined) throw wrongToken()
  return user
}

function wrongToken(): Problem {
  return new Problem(problems.REFRESH_TOKEN_WRONG)
}
