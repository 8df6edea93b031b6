import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { freeze, listOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

describe('listNotifications', () => {
  test('pages through all of them, newest first, each once, also while new ones come', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    for (let i = 0; i < 5; i++) freeze(bank, ann)
    const all = await listOf(bank, ann, 5)
    const seen: string[] = []
    let cursor: string | null | undefined
    while (cursor !== null) {
      const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) }
      const { reply } = await bank.call(api.listNotifications, { query }, ann.caller)
      seen.push(...reply.items.map(({ notification_id }) => notification_id))
      cursor = reply.next_cursor
      if (seen.length === 2) {
        freeze(bank, ann)
        await listOf(bank, ann, 6)
      }
    }
    assert.deepEqual(
      seen,
      all.map(({ notification_id }) => notification_id),
    )
  })

  test('shows the unread alone when asked, and counts them either way', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    for (let i = 0; i < 3; i++) freeze(bank, ann)
    const [newest] = await listOf(bank, ann, 3)
    assert.ok(newest)
    await bank.call(api.markNotificationRead, { params: { notification_id: newest.notification_id } }, ann.caller)
    const { reply } = await bank.call(api.listNotifications, { query: { unread: true } }, ann.caller)
    assert.deepEqual([reply.items.length, reply.unread_count], [2, 2])
    assert.ok(reply.items.every(({ is_read }) => !is_read))
  })

  test('is empty for who was told nothing, and refuses a cursor that it did not give out', async (t) => {
    const bank = await openNotices(t)
    const { reply } = await bank.call(api.listNotifications, {}, aCustomer())
    assert.deepEqual(reply, { items: [], next_cursor: null, unread_count: 0 })
    const refused = bank.call(api.listNotifications, { query: { cursor: 'bm90' } }, aCustomer())
    assert.equal(await refusalOf(refused), 'CURSOR_WRONG')
  })

  test('is in the language that the reader chose before it was told', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    await bank.call(api.changePreferences, { body: { language: 'de' } }, ann.caller)
    freeze(bank, ann)
    const [told] = await listOf(bank, ann)
    assert.equal(told?.title, 'Ihr Konto ist gesperrt')
  })
})
