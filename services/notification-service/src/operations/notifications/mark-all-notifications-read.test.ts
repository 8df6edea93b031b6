import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { freeze, listOf, openNotices, unreadOf } from '../../../testing/open-notices.ts'

describe('markAllNotificationsRead', () => {
  test('marks what was told up to now, of the caller alone', async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    for (let i = 0; i < 3; i++) freeze(bank, ann)
    freeze(bank, bob)
    await Promise.all([listOf(bank, ann, 3), listOf(bank, bob)])
    assert.deepEqual((await bank.call(api.markAllNotificationsRead, {}, ann.caller)).reply, { marked: 3 })
    assert.deepEqual([await unreadOf(bank, ann), await unreadOf(bank, bob)], [0, 1])
    freeze(bank, ann)
    await listOf(bank, ann, 4)
    assert.equal(await unreadOf(bank, ann), 1)
    assert.deepEqual((await bank.call(api.markAllNotificationsRead, {}, aCustomer())).reply, { marked: 0 })
  })

  test('the count never parts from the list, whatever comes at the same time', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    for (let round = 0; round < 5; round++) {
      freeze(bank, ann)
      await bank.call(api.markAllNotificationsRead, {}, ann.caller)
    }
    await listOf(bank, ann, 6)
    const [row] = await bank.sql`
      select unread_count = (select count(*) from notifications where read_at is null) as is_same from user_feeds`
    assert.equal(row?.is_same, true)
  })
})
