import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { factorChanged, sessionRevoked } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { type Quirks, softAuthenticator } from '../../../testing/authenticator.ts'
import { EMAIL, enrolPasskey, openWithAnn, openWithTotp } from '../../../testing/factors.ts'
import { callerOf, PASSWORD, refusalOf, signIn, tryLogin } from '../../../testing/people.ts'

async function begun(bank: ServiceTest, caller: Caller, strength: object = { password: PASSWORD }) {
  return (await bank.call(factors.startPasskey, { body: strength }, caller)).reply
}

describe('registerPasskey', () => {
  test('the first one turns the second factor on, shows recovery codes once, and ends other sessions', async (t) => {
    const { bank, user, caller } = await openWithAnn(t)
    const other = await signIn(bank)
    const { passkey, recovery_codes } = await enrolPasskey(bank, caller)
    assert.deepEqual(
      [passkey.name, passkey.is_device_bound, passkey.is_backed_up, passkey.aaguid],
      ['My laptop', true, false, '00112233-4455-6677-8899-aabbccddeeff'],
    )
    assert.equal(new Set(recovery_codes).size, 10)
    const { user_id } = user
    assert.deepEqual(await bank.published(factorChanged), [{ user_id, factor_type: 'PASSKEY', change: 'ADDED' }])
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: other.session_id, user_id }])
    const { reply } = await tryLogin(bank, EMAIL, PASSWORD)
    assert.deepEqual([reply.status, reply.factors], ['MFA_REQUIRED', ['PASSKEY', 'RECOVERY_CODE']])
  })

  test('tells a passkey that travels from one that does not', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const travels = await enrolPasskey(bank, caller, { syncs: true, strength: await strong() })
    assert.deepEqual([travels.passkey.is_device_bound, travels.passkey.is_backed_up], [false, true])
    assert.deepEqual(travels.recovery_codes, [], 'the list that stands is still good')
  })

  test('refuses another origin, host, challenge, and no verification; each uses the ceremony up', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const wrongs: Quirks[] = [
      { origin: 'https://localhost.evil.example' },
      { rp_id: 'example.com' },
      { challenge: 'A'.repeat(43) },
      { is_verified: false },
    ]
    for (const quirks of wrongs) {
      const { ceremony_id, options } = await begun(bank, caller)
      const authenticator = softAuthenticator()
      const send = (q: Quirks) => {
        const body = { ceremony_id, name: 'x', passkey: authenticator.create(options, q) }
        return bank.call(factors.registerPasskey, { body }, caller)
      }
      assert.equal(await refusalOf(send(quirks)), 'PASSKEY_WRONG', JSON.stringify(quirks))
      assert.equal(await refusalOf(send({})), 'CEREMONY_GONE')
    }
    assert.equal((await bank.owner`select 1 from passkeys`).length, 0)
  })

  test('one ceremony makes one passkey, whatever comes at once, and only in the session that began it', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const elsewhere = await callerOf(bank, await signIn(bank))
    const { ceremony_id, options } = await begun(bank, caller)
    const send = (by: Caller) => {
      const body = { ceremony_id, name: 'x', passkey: softAuthenticator().create(options) }
      return bank.call(factors.registerPasskey, { body }, by)
    }
    assert.equal(await refusalOf(send(elsewhere)), 'CEREMONY_GONE')
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => send(caller)))
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
    assert.equal((await bank.owner`select 1 from passkeys`).length, 1)
  })

  test('a key that is registered already is refused, also as somebody else’s', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const authenticator = softAuthenticator()
    const { ceremony_id, options } = await begun(bank, caller, await strong())
    const first = { ceremony_id, name: 'x', passkey: authenticator.create(options) }
    await bank.call(factors.registerPasskey, { body: first }, caller)
    const again = await begun(bank, caller, await strong())
    const second = { ceremony_id: again.ceremony_id, name: 'y', passkey: authenticator.create(again.options) }
    assert.equal(await refusalOf(bank.call(factors.registerPasskey, { body: second }, caller)), 'PASSKEY_KNOWN')
  })

  test('a ceremony that was begun with less than is asked for by now is over', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const early = await begun(bank, caller)
    await enrolPasskey(bank, caller)
    const passkey = softAuthenticator().create(early.options)
    const late = { ceremony_id: early.ceremony_id, name: 'y', passkey }
    assert.equal(await refusalOf(bank.call(factors.registerPasskey, { body: late }, caller)), 'CEREMONY_GONE')
  })
})
