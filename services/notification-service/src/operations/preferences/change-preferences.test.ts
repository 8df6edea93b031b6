import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { passwordChanged } from '#contracts/events/identity.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { freeze, listOf, mailboxOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

describe('changePreferences', () => {
  test('decides how the next notice goes out, and leaves what is not sent as it was', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person({ phone: '+351911222333' })
    const body = { categories: [{ category: 'ACCOUNT' as const, channels: ['SMS' as const, 'PUSH' as const] }] }
    const { reply } = await bank.call(api.changePreferences, { body }, ann.caller)
    assert.deepEqual(
      reply.categories.map(({ channels }) => channels),
      [['EMAIL'], ['SMS', 'PUSH'], ['EMAIL'], ['EMAIL']],
    )
    assert.deepEqual((await bank.call(api.getPreferences, {}, ann.caller)).reply, reply)
    freeze(bank, ann)
    const [sms] = await mailboxOf(bank, '+351 911 222 333')
    assert.deepEqual([sms?.channel, sms?.to], ['SMS', '+351911222333'])
    const [push] = await mailboxOf(bank, ann.email)
    assert.deepEqual([push?.channel, push?.subject], ['PUSH', 'Your account is frozen'])
    const [told] = await listOf(bank, ann)
    assert.deepEqual(
      told?.deliveries.map(({ channel }) => channel),
      ['SMS', 'PUSH'],
    )
  })

  test('none at all leaves the list alone', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    const body = { categories: [{ category: 'ACCOUNT' as const, channels: [] }] }
    await bank.call(api.changePreferences, { body }, ann.caller)
    freeze(bank, ann)
    assert.deepEqual((await listOf(bank, ann))[0]?.deliveries, [])
  })

  test('cannot switch off mail about security, and changes nothing then', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    const categories = [
      { category: 'ACCOUNT' as const, channels: [] },
      { category: 'SECURITY' as const, channels: ['PUSH' as const] },
    ]
    assert.equal(
      await refusalOf(bank.call(api.changePreferences, { body: { categories, language: 'pt' } }, ann.caller)),
      'MANDATORY_NOTICE',
    )
    assert.equal((await bank.sql`select 1 from preferences`).length, 0)
    bank.receive(passwordChanged, { user_id: ann.user_id })
    const [mail] = await mailboxOf(bank, ann.email)
    assert.equal(mail?.subject, 'Your password was changed')
  })

  test('stands in the trail, sealed, with before and after', async (t) => {
    const bank = await openNotices(t)
    await bank.call(api.changePreferences, { body: { language: 'pt' } }, aCustomer())
    const [row] = await bank.sql`select change_encrypted from audit_outbox where operation = 'changePreferences'`
    assert.match(row?.change_encrypted, /^v1\./)
  })
})
