import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import { deviceAdded } from '#contracts/events/identity.ts'
import { EMAIL, openWithAnn } from '../../../testing/factors.ts'
import { aUser, callerOf, refusalOf, signIn } from '../../../testing/people.ts'

describe('listDevices', () => {
  test('shows each device once however often it signs in, new for a day, and which one this is', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await signIn(bank, EMAIL, { device_id: 'phone-01' })
    await signIn(bank, EMAIL, { device_id: 'laptop-1' })
    const { items } = (await bank.call(devices.listDevices, {}, caller)).reply
    assert.deepEqual(
      items.map((one) => [one.is_current, one.is_trusted, one.has_key, one.name, one.cooling_off_until !== null]),
      [
        [true, false, false, null, true],
        [false, false, false, null, true],
      ],
    )
    bank.clock.advance(86_400_001)
    const later = (await bank.call(devices.listDevices, {}, caller)).reply.items
    assert.deepEqual(
      later.map((one) => one.cooling_off_until),
      [null, null],
    )
    assert.doesNotMatch(JSON.stringify(await bank.owner`select * from devices`), /laptop-1|phone-01/)
  })

  test('tokens say until when their device is new, whichever session it opens; naming none is no way around', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const now_s = (): number => Math.floor(bank.clock.wall.now().getTime() / 1000)
    const until = caller.cooling_until as number
    assert.ok(until > now_s() + 86_390 && until <= now_s() + 86_400)
    bank.clock.advance(3_600_000)
    const again = await callerOf(bank, await signIn(bank, EMAIL, { device_id: 'laptop-1' }))
    assert.equal(again.cooling_until, until, 'signing in again does not begin it anew')
    bank.clock.advance(86_400_000)
    const cooled = await callerOf(bank, await signIn(bank, EMAIL, { device_id: 'laptop-1' }))
    assert.ok((cooled.cooling_until as number) < now_s())
    const nameless = await callerOf(bank, await signIn(bank))
    assert.ok((nameless.cooling_until as number) > now_s() + 86_000)
  })

  test('a new device is told once, and whether it is the very first', async (t) => {
    const { bank, user } = await openWithAnn(t)
    await Promise.all([1, 2, 3].map(() => signIn(bank, EMAIL, { device_id: 'phone-01' })))
    await signIn(bank)
    const told = await bank.published(deviceAdded)
    assert.deepEqual(
      told.map(({ user_id, is_first }) => [user_id, is_first]),
      [
        [user.user_id, true],
        [user.user_id, false],
      ],
    )
  })

  test('nobody sees another’s', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    assert.deepEqual((await bank.call(devices.listDevices, {}, bob)).reply, { items: [] })
    const { items } = (await bank.call(devices.listDevices, {}, caller)).reply
    const params = { device_id: items[0]?.device_id as string }
    const body = { name: 'Mine now' }
    assert.equal(await refusalOf(bank.call(devices.changeDevice, { params, body }, bob)), 'DEVICE_NOT_FOUND')
    assert.equal(await refusalOf(bank.call(devices.forgetDevice, { params, body: {} }, bob)), 'DEVICE_NOT_FOUND')
  })
})
