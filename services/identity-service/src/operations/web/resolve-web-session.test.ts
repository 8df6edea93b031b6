import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { changePassword } from '#contracts/api/identity-sign-in.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aService } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  browserOf,
  cookieOf,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  resolveCookie,
  tryWeb,
} from '../../../testing/people.ts'

const MINUTE_MS = 60_000
const claimsOf = (token: string | null): { exp: number; iat: number } =>
  JSON.parse(Buffer.from((token ?? '').split('.')[1] as string, 'base64url').toString())

/** When the session behind the only cookie ends if it is not used, and when it was last used. */
async function session(bank: ServiceTest): Promise<{ expires: number; used: number }> {
  const [row] = await bank.owner<{ expires_at: Date; last_accessed_at: Date }[]>`
    select expires_at, last_accessed_at from sessions join web_sessions using (session_id)`
  return { expires: row?.expires_at.getTime() ?? 0, used: row?.last_accessed_at.getTime() ?? 0 }
}

describe('resolveWebSession', () => {
  test('mints an access token of at most a minute, to be kept for at most twenty seconds, and nothing to renew it with', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const reply = await resolveCookie(bank, cookieOf(await tryWeb(bank)))
    const { exp, iat } = claimsOf(reply.access_token)
    assert.ok(exp - iat <= 60 && reply.keep_s <= 20, `${exp - iat} s, kept ${reply.keep_s} s`)
    assert.deepEqual(Object.keys(reply).sort(), ['access_token', 'keep_s'])
  })

  test('a session is used by it, which is written at most once a minute', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const cookie = cookieOf(await tryWeb(bank))
    const opened = await session(bank)
    bank.clock.advance(0.9 * MINUTE_MS)
    await resolveCookie(bank, cookie)
    assert.deepEqual(await session(bank), opened)
    bank.clock.advance(0.2 * MINUTE_MS)
    await Promise.all([resolveCookie(bank, cookie), resolveCookie(bank, cookie)])
    const moved = await session(bank)
    assert.ok(moved.used > opened.used && moved.expires - moved.used === 10 * MINUTE_MS)
  })

  test('ten idle minutes end it; in use it lasts twelve hours, or four for staff, and no token outlives it', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    for (const [roles, hours] of [
      [['customer'], 12],
      [['teller'], 4],
    ] as const) {
      await bank.owner`update users set roles = ${[...roles]}::text[]`
      const cookie = cookieOf(await tryWeb(bank))
      let lasted_minutes = 0
      for (; (await resolveCookie(bank, cookie)).access_token !== null; lasted_minutes += 9)
        bank.clock.advance(9 * MINUTE_MS)
      assert.ok(Math.abs(lasted_minutes - hours * 60) <= 9, `${roles} ${lasted_minutes} minutes`)
      const idle = cookieOf(await tryWeb(bank))
      bank.clock.advance(9.9 * MINUTE_MS)
      assert.notEqual((await resolveCookie(bank, idle)).access_token, null)
      bank.clock.advance(10.1 * MINUTE_MS)
      assert.equal((await resolveCookie(bank, idle)).access_token, null)
    }
  })

  test('a stream is no use: it does not keep the session, and its token ends when the session would unused', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const cookie = cookieOf(await tryWeb(bank))
    const opened = await session(bank)
    bank.clock.advance(4 * MINUTE_MS)
    const body = { cookie, is_stream: true }
    const { reply } = await bank.call(api.resolveWebSession, { body }, aService('api-gateway'))
    assert.deepEqual(await session(bank), opened)
    assert.ok(Math.abs(claimsOf(reply.access_token).exp - opened.expires / 1000) <= 2)
    bank.clock.advance(6.1 * MINUTE_MS)
    const late = await bank.call(api.resolveWebSession, { body }, aService('api-gateway'))
    assert.equal(late.reply.access_token, null)
  })

  test('near the absolute end the token ends with the session', async (t) => {
    const bank = await openIdentity(t, { env: { BANKFLOW_WEB_TTL_S: '600' } })
    await aUser(bank)
    const cookie = cookieOf(await tryWeb(bank))
    bank.clock.advance(9.8 * MINUTE_MS)
    const reply = await resolveCookie(bank, cookie)
    const { exp, iat } = claimsOf(reply.access_token)
    assert.ok(exp - iat <= 13 && reply.keep_s <= 13, `${exp - iat} s, kept ${reply.keep_s} s`)
  })

  test('a revoked session, a deactivated user and a made-up cookie have no token', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const cookie = cookieOf(await tryWeb(bank))
    const caller = await browserOf(bank, cookie)
    await bank.owner`update users set is_active = false`
    assert.equal((await resolveCookie(bank, cookie)).access_token, null)
    await bank.owner`update users set is_active = true`
    assert.notEqual((await resolveCookie(bank, cookie)).access_token, null)
    await bank.call(api.revokeSession, { params: { session_id: caller.session_id as string } }, caller)
    assert.equal((await resolveCookie(bank, cookie)).access_token, null)
    assert.equal((await resolveCookie(bank, 'x'.repeat(43))).access_token, null)
  })

  test('a use that meets a revocation does not bring the session back', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const cookie = cookieOf(await tryWeb(bank))
    const caller = await browserOf(bank, cookie)
    bank.clock.advance(2 * MINUTE_MS)
    const params = { session_id: caller.session_id as string }
    await Promise.all([resolveCookie(bank, cookie), bank.call(api.revokeSession, { params }, caller)])
    assert.equal((await resolveCookie(bank, cookie)).access_token, null)
  })

  test('is the gateway’s question alone', async (t) => {
    const bank = await openIdentity(t)
    const body = { cookie: 'x'.repeat(43) }
    assert.equal(await refusalOf(bank.call(api.resolveWebSession, { body }, anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(bank.call(api.resolveWebSession, { body }, aService('account-service'))), 'FORBIDDEN')
  })

  test('ASVS 3.2.1: a password change gives the browser a new cookie; the one before is good for seconds, for what was under way', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const planted = cookieOf(await tryWeb(bank))
    const caller = await browserOf(bank, planted)
    const change = (current_password: string, new_password: string) =>
      bank.call(changePassword, { body: { current_password, new_password } }, caller)
    const fresh = cookieOf(await change(PASSWORD, OTHER_PASSWORD))
    assert.notEqual(fresh, planted)
    for (const cookie of [fresh, planted])
      assert.equal((await browserOf(bank, cookie)).session_id, caller.session_id, 'the session goes on')
    bank.clock.advance(10_001)
    assert.equal((await resolveCookie(bank, planted)).access_token, null)
    const next = cookieOf(await change(OTHER_PASSWORD, PASSWORD))
    assert.equal((await resolveCookie(bank, planted)).access_token, null, 'the cookie before last is none')
    assert.ok((await resolveCookie(bank, next)).access_token)
  })

  test('ASVS 3.2.1: a sign-in never takes up a cookie that was there before, and leaves that one worth what it was', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const planted = 'A'.repeat(43)
    assert.equal((await resolveCookie(bank, planted)).access_token, null)
    const own = cookieOf(await tryWeb(bank))
    assert.notEqual(own, planted)
    assert.equal((await resolveCookie(bank, planted)).access_token, null)
  })
})
