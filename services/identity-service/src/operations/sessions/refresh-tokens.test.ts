import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { randomToken } from '#libs/crypto/tokens.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn, type Tokens, verifierOf } from '../../../testing/people.ts'

async function refresh(bank: ServiceTest, refresh_token: string, device_id?: string): Promise<Tokens> {
  const body = { refresh_token, ...(device_id === undefined ? {} : { device_id }) }
  return (await bank.call(api.refreshTokens, { body }, anonymous)).reply
}

async function sessionStatus(bank: ServiceTest): Promise<string> {
  const [row] = await bank.owner<{ status: string; revoked_reason: string | null }[]>`select * from sessions`
  return row?.revoked_reason ?? row?.status ?? 'none'
}

describe('refreshTokens', () => {
  test('gives new tokens of the same session, for seven days from now and never past thirty', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    let tokens = await signIn(bank)
    const { session_id } = tokens
    for (const left of [604_800, 604_800, 604_800, 604_800, 172_800]) {
      bank.clock.advance(5.6 * 86_400_000)
      const next = await refresh(bank, tokens.refresh_token)
      assert.equal(next.session_id, session_id)
      assert.notEqual(next.refresh_token, tokens.refresh_token)
      assert.ok(Math.abs(next.refresh_expires_in - left) < 30, `${next.refresh_expires_in} is not about ${left}`)
      tokens = next
    }
    assert.equal((await callerOf(bank, tokens)).session_id, session_id)
    bank.clock.advance(2 * 86_400_000 + 1)
    assert.equal(await refusalOf(refresh(bank, tokens.refresh_token)), 'REFRESH_TOKEN_WRONG')
  })

  test('a token unused for seven days is worth nothing', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank)
    bank.clock.advance(604_800_001)
    assert.equal(await refusalOf(refresh(bank, refresh_token)), 'REFRESH_TOKEN_WRONG')
  })

  test('eight at once: one rotation, and every tab gets the one successor', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank, undefined, { device_id: 'laptop-1' })
    const results = await Promise.all(Array.from({ length: 8 }, () => refresh(bank, refresh_token, 'laptop-1')))
    assert.equal(new Set(results.map((one) => one.refresh_token)).size, 1)
    const rows = await bank.owner`select used_at from refresh_tokens`
    assert.deepEqual([rows.length, rows.filter((row) => row.used_at === null).length], [2, 1])
    const [successor] = results
    assert.equal(
      JSON.stringify(await bank.owner`select * from refresh_tokens`).includes(successor?.refresh_token as string),
      false,
    )
    await refresh(bank, successor?.refresh_token as string, 'laptop-1')
  })

  test('reuse after the window ends the session, and the refusal leaves that standing', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const first = await signIn(bank)
    const second = await refresh(bank, first.refresh_token)
    bank.clock.advance(10_001)
    assert.equal(await refusalOf(refresh(bank, first.refresh_token)), 'REFRESH_TOKEN_WRONG')
    assert.equal(await sessionStatus(bank), 'REFRESH_TOKEN_REUSED')
    assert.equal(await refusalOf(refresh(bank, second.refresh_token)), 'REFRESH_TOKEN_WRONG')
    const told = { session_id: first.session_id, user_id: user.user_id }
    assert.deepEqual(await bank.published(sessionRevoked), [told])
    const verifier = verifierOf(bank)
    await verifier.refresh()
    await assert.rejects(verifier.verify(second.access_token), { name: 'Problem' })
  })

  test('within the window another device is no replay: the session ends', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank, undefined, { device_id: 'laptop-1' })
    await refresh(bank, refresh_token, 'laptop-1')
    assert.equal(await refusalOf(refresh(bank, refresh_token, 'stranger-1')), 'REFRESH_TOKEN_WRONG')
    assert.equal(await sessionStatus(bank), 'OTHER_DEVICE')
  })

  test('an unused token is good on its own device only', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank, undefined, { device_id: 'laptop-1' })
    assert.equal(await refusalOf(refresh(bank, refresh_token)), 'REFRESH_TOKEN_WRONG')
    assert.equal(await sessionStatus(bank), 'OTHER_DEVICE')
  })

  test('a made-up token touches nothing, a disabled user gets nothing', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank)
    assert.equal(await refusalOf(refresh(bank, randomToken())), 'REFRESH_TOKEN_WRONG')
    await bank.owner`update users set is_active = false`
    assert.equal(await refusalOf(refresh(bank, refresh_token)), 'REFRESH_TOKEN_WRONG')
    assert.equal(await sessionStatus(bank), 'ACTIVE')
  })

  test('RFC 9700 4.14.2: a hundred times eight refreshes at once leave one family with one live token, and nobody signed out', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    let { refresh_token } = await signIn(bank, undefined, { device_id: 'laptop-1' })
    const ROUNDS = 100
    for (let round = 0; round < ROUNDS; round++) {
      const results = await Promise.all(Array.from({ length: 8 }, () => refresh(bank, refresh_token, 'laptop-1')))
      const successors = new Set(results.map((one) => one.refresh_token))
      assert.equal(successors.size, 1, `round ${round}`)
      refresh_token = results[0]?.refresh_token as string
    }
    const [row] = await bank.owner`
      select count(*)::int as all, count(*) filter (where used_at is null)::int as live, count(distinct session_id)::int as families
      from refresh_tokens`
    assert.deepEqual({ ...row }, { all: ROUNDS + 1, live: 1, families: 1 })
    assert.equal(await sessionStatus(bank), 'ACTIVE')
  })

  test('RFC 9700 4.14.2: of eight that present a stolen token late, none gets in, and the family ends once', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { refresh_token } = await signIn(bank, undefined, { device_id: 'laptop-1' })
    const { refresh_token: live } = await refresh(bank, refresh_token, 'laptop-1')
    bank.clock.advance(10_001)
    const tries = Array.from({ length: 8 }, () => refusalOf(refresh(bank, refresh_token, 'laptop-1')))
    assert.deepEqual(new Set(await Promise.all(tries)), new Set(['REFRESH_TOKEN_WRONG']))
    assert.equal((await bank.published(sessionRevoked)).length, 1)
    assert.equal(await refusalOf(refresh(bank, live, 'laptop-1')), 'REFRESH_TOKEN_WRONG')
  })
})
