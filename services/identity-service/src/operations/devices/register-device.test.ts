import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { aPhone, EMAIL, enrolDevice, halfSignIn, openWithAnn, openWithTotp, verify } from '../../../testing/factors.ts'
import { callerOf, PASSWORD, refusalOf, tryLogin } from '../../../testing/people.ts'

describe('registerDevice', () => {
  test('gives a telephone a key, P-256 or Ed25519, after the password and a factor', async (t) => {
    const { bank, user, strong, freshCode } = await openWithTotp(t)
    for (const [kind, device_id] of [
      ['EC', 'phone-ec'],
      ['OKP', 'phone-ed'],
    ] as const) {
      const tokens = await verify(bank, await halfSignIn(bank, device_id), { code: freshCode() })
      const { device } = await enrolDevice(bank, { tokens, strength: strong, kind })
      assert.deepEqual([device.name, device.has_key, device.is_current], ['My phone', true, true])
    }
    const told = await bank.published(factorChanged)
    assert.deepEqual(told.at(-1), { user_id: user.user_id, factor_type: 'PUSH', change: 'ADDED' })
    const { reply } = await tryLogin(bank, EMAIL, PASSWORD)
    assert.deepEqual(reply.factors, ['PUSH', 'TOTP', 'RECOVERY_CODE'])
  })

  test('a stolen password makes no telephone: without a second factor none is registered', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const phone = aPhone()
    const body = { name: 'x', public_key: phone.key, signature: phone.signed('x'), password: PASSWORD }
    assert.equal(await refusalOf(bank.call(devices.registerDevice, { body }, caller)), 'FACTOR_MISSING')
  })

  test('the key signs the proof of this change; another’s signature, or one of before, registers nothing', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const phone = aPhone()
    const other = aPhone()
    const send = async (signature: (challenge_id: string) => string, public_key = phone.key) => {
      const proved = await strong()
      const body = { name: 'x', public_key, signature: signature(proved.proof.challenge_id), ...proved }
      return bank.call(devices.registerDevice, { body }, caller)
    }
    const earlier = (await strong()).proof.challenge_id
    assert.equal(await refusalOf(send(other.registration)), 'SIGNATURE_WRONG')
    assert.equal(await refusalOf(send(() => phone.registration(earlier))), 'SIGNATURE_WRONG')
    assert.equal(await refusalOf(send(phone.registration, { ...phone.key, x: 'AAAA' })), 'SIGNATURE_WRONG')
    assert.equal((await bank.owner`select 1 from devices where public_jwk is not null`).length, 0)
    await send(phone.registration)
    assert.equal(await refusalOf(send(phone.registration)), 'FACTOR_EXISTS')
  })

  test('a session that names no device holds no key', async (t) => {
    const { bank, strong, freshCode } = await openWithTotp(t)
    const nameless = await callerOf(bank, await verify(bank, await halfSignIn(bank), { code: freshCode() }))
    const phone = aPhone()
    const proved = await strong(nameless)
    const signature = phone.registration(proved.proof.challenge_id)
    const body = { name: 'x', public_key: phone.key, signature, ...proved }
    assert.equal(await refusalOf(bank.call(devices.registerDevice, { body }, nameless)), 'DEVICE_UNKNOWN')
  })
})
