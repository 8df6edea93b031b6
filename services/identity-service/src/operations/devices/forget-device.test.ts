import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import { deviceAdded, factorChanged } from '#contracts/events/identity.ts'
import { EMAIL, enrolDevice, halfSignIn, openWithAnn, openWithTotp, verify } from '../../../testing/factors.ts'
import { PASSWORD, refusalOf, signIn } from '../../../testing/people.ts'

describe('forgetDevice', () => {
  test('ends the sessions of a device and no other; it is new when it comes back', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const strange = await signIn(bank, EMAIL, { device_id: 'stranger' })
    const { items } = (await bank.call(devices.listDevices, {}, caller)).reply
    const found = items.find((one) => !one.is_current)
    const params = { device_id: found?.device_id as string }
    const { reply } = await bank.call(devices.forgetDevice, { params, body: {} }, caller)
    assert.equal(reply.ended_sessions, 1)
    const rows = await bank.owner`select session_id from sessions where status = 'ACTIVE'`
    assert.equal(
      rows.some((row) => row.session_id === strange.session_id),
      false,
    )
    assert.equal((await bank.owner`select 1 from known_devices`).length, 1)
    const before = (await bank.published(deviceAdded)).length
    await signIn(bank, EMAIL, { device_id: 'stranger' })
    assert.equal((await bank.published(deviceAdded)).length, before + 1)
    assert.equal(await refusalOf(bank.call(devices.forgetDevice, { params, body: {} }, caller)), 'DEVICE_NOT_FOUND')
  })

  test('one that holds a key is given up like a factor', async (t) => {
    const { bank, user, caller, strong, freshCode } = await openWithTotp(t)
    const tokens = await verify(bank, await halfSignIn(bank, 'phone-01'), { code: freshCode() })
    const { device_id } = await enrolDevice(bank, { tokens, strength: strong })
    const again = await verify(bank, await halfSignIn(bank, 'laptop-1'), { code: freshCode() })
    assert.ok(again.session_id)
    const forget = (body: object) => bank.call(devices.forgetDevice, { params: { device_id }, body }, caller)
    assert.equal(await refusalOf(forget({})), 'FACTOR_REQUIRED')
    assert.equal(await refusalOf(forget({ password: PASSWORD })), 'FACTOR_REQUIRED')
    await forget(await strong())
    const told = (await bank.published(factorChanged)).at(-1)
    assert.deepEqual(told, { user_id: user.user_id, factor_type: 'PUSH', change: 'REMOVED' })
  })
})
