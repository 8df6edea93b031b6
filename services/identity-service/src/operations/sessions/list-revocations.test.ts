import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('listRevocations', () => {
  test('tells each revocation of the last 20 minutes, then what is new, and what committed late', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const follow = async (after?: string) =>
      (await bank.call(api.listRevocations, { query: after === undefined ? {} : { after } }, aService('api-gateway')))
        .reply
    const end = async (): Promise<string> => {
      const tokens = await signIn(bank)
      await bank.call(api.logout, {}, await callerOf(bank, tokens))
      return tokens.session_id
    }
    const old = await end()
    bank.clock.advance(1_200_001)
    const recent = await end()
    const first = await follow()
    assert.deepEqual(first.session_ids, [recent])
    bank.clock.advance(60_000)
    assert.deepEqual((await follow(first.cursor)).session_ids, [recent], 'the last seconds are told again')
    const late = await end()
    await bank.owner`
      update sessions set revoked_at = (select revoked_at from sessions where session_id = ${recent}) - interval '9 seconds'
      where session_id = ${late}`
    const second = await follow(first.cursor)
    assert.ok(second.session_ids.includes(late))
    assert.equal(second.session_ids.includes(old), false)
    assert.ok(Number(second.cursor) >= Number(first.cursor))
  })

  test('goes on behind a full page, so that a flood is told whole', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const now = bank.clock.wall.now()
    await bank.owner`
      insert into sessions (session_id, user_id, status, amr, authenticated_at, created_at, last_accessed_at, expires_at, ends_at, revoked_at)
      select gen_random_uuid(), ${user.user_id}, 'REVOKED', '{pwd}', ${now}, ${now}, ${now}, ${now}, ${now}, ${now} from generate_series(1, 5200)`
    const seen = new Set<string>()
    let after: string | undefined
    for (let page = 0; page < 3; page++) {
      const query = after === undefined ? {} : { after }
      const { reply } = await bank.call(api.listRevocations, { query }, aService('api-gateway'))
      for (const session_id of reply.session_ids) seen.add(session_id)
      after = reply.cursor
    }
    assert.equal(seen.size, 5_200)
  })

  test('refuses a cursor that is none, and callers that are no service', async (t) => {
    const bank = await openIdentity(t)
    const bad = bank.call(api.listRevocations, { query: { after: `1' or 1=1` } }, aService('api-gateway'))
    assert.equal(await refusalOf(bad), 'VALIDATION_FAILED')
    assert.equal(await refusalOf(bank.call(api.listRevocations, {}, aStaffMember('admin'))), 'FORBIDDEN')
  })
})
