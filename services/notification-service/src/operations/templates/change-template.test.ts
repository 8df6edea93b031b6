import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { freeze, listOf, openNotices, refusalOf } from '../../../testing/open-notices.ts'

const params = { template_id: 'account.frozen' }

describe('changeTemplate', () => {
  test('changes what is told from now on, in its language alone, and what was told stays', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    const admin = aStaffMember('admin')
    const body = { title: 'Frozen: {{last4}}', body: 'No way out of {{last4}}.' }
    const { reply } = await bank.call(api.changeTemplate, { params, body }, admin)
    assert.deepEqual([reply.version, reply.updated_by, reply.language], [2, admin.sub, 'en'])
    freeze(bank, ann)
    const list = await listOf(bank, ann, 2)
    assert.deepEqual(
      list.map(({ title }) => title),
      ['Frozen: 1000', 'Your account is frozen'],
    )
    const [german] =
      await bank.sql`select version from templates where template_id = 'account.frozen' and language = 'de'`
    assert.equal(german?.version, 1)
    const [line] = await bank.sql`select change_encrypted from audit_outbox where operation = 'changeTemplate'`
    assert.ok(line?.change_encrypted)
  })

  test('refuses names that the bank does not fill in, and changes nothing', async (t) => {
    const bank = await openNotices(t)
    const admin = aStaffMember('admin')
    for (const text of ['{{amount}}', '{{ last4 }}', '{{last4', '{{}}', '{{LAST4}}', '{{constructor}}']) {
      const body = { title: 'Frozen', body: `Of ${text} all` }
      assert.equal(
        await refusalOf(bank.call(api.changeTemplate, { params, body }, admin)),
        'TEMPLATE_VARIABLE_UNKNOWN',
        text,
      )
    }
    assert.equal((await bank.sql`select 1 from templates where version > 1`).length, 0)
  })

  test('finds no other template, and is for admins', async (t) => {
    const bank = await openNotices(t)
    const body = { title: 'x', body: 'y' }
    const none = bank.call(api.changeTemplate, { params: { template_id: 'no.such' }, body }, aStaffMember('admin'))
    assert.equal(await refusalOf(none), 'TEMPLATE_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('support')])
      assert.equal(await refusalOf(bank.call(api.changeTemplate, { params, body }, caller)), 'FORBIDDEN')
  })

  test('two at once make two versions, of which the later stands', async (t) => {
    const bank = await openNotices(t)
    const change = (title: string) =>
      bank.call(api.changeTemplate, { params, body: { title, body: 'x' } }, aStaffMember('admin'))
    const replies = await Promise.all([change('one'), change('two')])
    assert.deepEqual(replies.map(({ reply }) => reply.version).sort(), [2, 3])
    const [row] = await bank.sql`select title from templates where template_id = 'account.frozen' and language = 'en'`
    assert.equal(row?.title, replies.find(({ reply }) => reply.version === 3)?.reply.title)
  })
})
