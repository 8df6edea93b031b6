import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import * as devices from '#contracts/api/identity-devices.ts'
import { anonymous } from '#libs/contract/client.ts'
import { EMAIL, openWithAnn, openWithTotp } from '../../../testing/factors.ts'
import { codeTo, mailsTo, OTHER_PASSWORD, PASSWORD, refusalOf } from '../../../testing/people.ts'

describe('changeDevice', () => {
  test('names it, unreadable in the table; a name takes no proof', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const [device] = (await bank.call(devices.listDevices, {}, caller)).reply.items
    const params = { device_id: device?.device_id as string }
    const { reply } = await bank.call(devices.changeDevice, { params, body: { name: 'Kitchen laptop' } }, caller)
    assert.deepEqual([reply.name, reply.is_trusted], ['Kitchen laptop', false])
    assert.doesNotMatch(JSON.stringify(await bank.owner`select * from devices`), /Kitchen/)
    assert.equal(await refusalOf(bank.call(devices.changeDevice, { params, body: {} }, caller)), 'NOTHING_TO_CHANGE')
  })

  test('trust takes a strong factor, distrust nothing; a new password forgets it', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const [device] = (await bank.call(devices.listDevices, {}, caller)).reply.items
    const params = { device_id: device?.device_id as string }
    const change = (body: object) => bank.call(devices.changeDevice, { params, body }, caller)
    assert.equal(await refusalOf(change({ is_trusted: true })), 'FACTOR_REQUIRED')
    assert.equal(await refusalOf(change({ is_trusted: true, password: PASSWORD })), 'FACTOR_REQUIRED')
    assert.equal((await change({ is_trusted: true, ...(await strong()) })).reply.is_trusted, true)
    assert.equal((await change({ is_trusted: false })).reply.is_trusted, false)
    await change({ is_trusted: true, ...(await strong()) })
    const mails = (await mailsTo(bank, EMAIL, 1)).length
    await bank.call(api.forgotPassword, { body: { email: EMAIL } }, anonymous)
    const body = { email: EMAIL, code: await codeTo(bank, EMAIL, mails + 1), password: OTHER_PASSWORD }
    await bank.call(api.resetPassword, { body }, anonymous)
    const [row] = await bank.owner`select is_trusted from devices`
    assert.equal(row?.is_trusted, false)
  })

  test('who has no second factor trusts none', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const [device] = (await bank.call(devices.listDevices, {}, caller)).reply.items
    const params = { device_id: device?.device_id as string }
    const call = bank.call(devices.changeDevice, { params, body: { is_trusted: true, password: PASSWORD } }, caller)
    assert.equal(await refusalOf(call), 'FACTOR_MISSING')
  })
})
