import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aUser, callerOf, openIdentity, signIn, tryWeb } from '../../../testing/people.ts'
import type { Own } from '../../config.ts'
import { namePlace } from '../../store/devices.ts'

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

  test('ASVS 3.3.4: shows what each session is held by: browser, app with its device, third party by its name, key', async (t) => {
    const opened: { own?: Own } = {}
    const bank = await openIdentity(t, {}, (_opening, own) => {
      opened.own = own
    })
    const { user_id } = await aUser(bank)
    const { vault } = opened.own as Own
    const tokens = await signIn(bank, undefined, { device_id: 'phone-01' })
    const [device] = await bank.owner<{ device_id: string }[]>`select device_id from devices`
    const id = device?.device_id as string
    await bank.owner`update devices set name_encrypted = ${vault.fields.seal('Ann’s phone', namePlace(id))}`
    await tryWeb(bank)
    const [shop, key] = [newId(), newId()]
    for (const session_id of [shop, key])
      await bank.owner`
        insert into sessions (session_id, user_id, status, client_id, amr, authenticated_at, created_at, last_accessed_at, expires_at, ends_at)
        values (${session_id}, ${user_id}, 'ACTIVE', 'shop', '{pwd}', now(), now(), now(), now() + interval '1 day', now() + interval '1 day')`
    await bank.owner`
      insert into consents (consent_id, session_id, user_id, client_id, client_name, issuer, scopes, details_encrypted, is_payment, status,
        created_at, expires_at)
      values (${newId()}, ${shop}, ${user_id}, 'shop', 'The Shop', 'https://bank.example', '{}', '', false, 'ACTIVE', now(), now())`
    await bank.owner`
      insert into api_keys (key_id, session_id, user_id, customer_id, name_encrypted, scopes, created_at)
      values (${newId()}, ${key}, ${user_id}, ${newId()}, '', '{payments}', now())`
    const { items } = (await bank.call(api.listSessions, {}, await callerOf(bank, tokens))).reply
    const shown = new Map(items.map((one) => [one.kind, [one.device_name, one.client_name]]))
    assert.deepEqual(Object.fromEntries(shown), {
      APP: ['Ann’s phone', null],
      BROWSER: [null, null],
      THIRD_PARTY: [null, 'The Shop'],
      API_KEY: [null, null],
    })
  })
})
