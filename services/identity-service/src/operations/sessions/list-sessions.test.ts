import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { aUser, callerOf, openIdentity, signIn } from '../../../testing/people.ts'

describe('listSessions', () => {
  test('lists one’s own active sessions, marks the present one, and nobody else’s', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await aUser(bank, 'bob@example.com')
    await signIn(bank, 'bob@example.com')
    const ended = await callerOf(bank, await signIn(bank))
    await bank.call(api.logout, {}, ended)
    const phone = await signIn(bank, undefined, { device_id: 'phone-01' })
    bank.clock.advance(1_000)
    const caller = await callerOf(bank, await signIn(bank))
    const { items } = (await bank.call(api.listSessions, {}, caller)).reply
    assert.deepEqual(
      items.map(({ session_id, is_current, device_id, status }) => [session_id, is_current, device_id, status]),
      [
        [caller.session_id, true, null, 'ACTIVE'],
        [phone.session_id, false, 'phone-01', 'ACTIVE'],
      ],
    )
    bank.clock.advance(604_800_001)
    assert.deepEqual((await bank.call(api.listSessions, {}, caller)).reply.items, [])
  })
})
