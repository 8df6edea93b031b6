import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { freeze, listOf, openNotices, refusalOf, unreadOf } from '../../../testing/open-notices.ts'

describe('markNotificationRead', () => {
  test('marks it and counts it once, however often and from how many windows', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    for (let i = 0; i < 2; i++) freeze(bank, ann)
    const [newest] = await listOf(bank, ann, 2)
    assert.ok(newest)
    const mark = () =>
      bank.call(api.markNotificationRead, { params: { notification_id: newest.notification_id } }, ann.caller)
    const replies = await Promise.all([mark(), mark(), mark()])
    for (const { reply } of replies) assert.deepEqual([reply.is_read, reply.title], [true, newest.title])
    assert.equal(await unreadOf(bank, ann), 1)
    const { reply } = await mark()
    assert.equal(reply.read_at, replies[0]?.reply.read_at)
  })

  test("a stranger's notification is not there, and stays unread", async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    freeze(bank, ann)
    const [told] = await listOf(bank, ann)
    assert.ok(told)
    const params = { notification_id: told.notification_id }
    assert.equal(await refusalOf(bank.call(api.markNotificationRead, { params }, bob.caller)), 'NOTIFICATION_NOT_FOUND')
    assert.equal(await unreadOf(bank, ann), 1)
  })
})
