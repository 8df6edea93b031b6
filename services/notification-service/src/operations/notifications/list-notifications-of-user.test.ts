import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { freeze, listOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

describe('listNotificationsOfUser', () => {
  test("shows a user his own and staff anybody's, and each look stands in the trail", async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    const own = await listOf(bank, ann)
    for (const caller of [ann.caller, aStaffMember('support')]) {
      const { reply } = await bank.call(api.listNotificationsOfUser, { params: { user_id: ann.user_id } }, caller)
      assert.deepEqual(
        reply.items.map(({ notification_id }) => notification_id),
        own.map(({ notification_id }) => notification_id),
      )
    }
    const looks =
      await bank.sql`select 1 from audit_outbox where operation = 'listNotificationsOfUser' and outcome = 'read'`
    assert.equal(looks.length, 2)
  })

  test("another customer's user is not there, and neither is a user that nobody is", async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    freeze(bank, ann)
    await listOf(bank, ann)
    const strange = bank.call(api.listNotificationsOfUser, { params: { user_id: ann.user_id } }, bob.caller)
    assert.equal(await refusalOf(strange), 'USER_NOT_FOUND')
    const nobody = bank.call(api.listNotificationsOfUser, { params: { user_id: newId() } }, aStaffMember('admin'))
    assert.equal(await refusalOf(nobody), 'USER_NOT_FOUND')
  })
})
