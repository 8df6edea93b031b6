import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openNotices, refusalOf } from '../../../testing/open-notices.ts'

describe('previewTemplate', () => {
  test('shows a text with the values given and the names of the others, and tells nobody', async (t) => {
    const bank = await openNotices(t)
    const params = { template_id: 'transaction.deposited' }
    const body = { language: 'de' as const, variables: { amount: '1,00 EUR', last4: '{{reference}}' } }
    const { reply } = await bank.call(api.previewTemplate, { params, body }, aStaffMember('support'))
    assert.equal(reply.title, '1,00 EUR eingezahlt')
    assert.match(reply.body, /Endung \{\{reference\}\} eingezahlt\. Referenz \{\{reference\}\}\./)
    assert.equal((await bank.sql`select 1 from notifications`).length, 0)
  })

  test('finds no other template', async (t) => {
    const bank = await openNotices(t)
    const none = bank.call(api.previewTemplate, { params: { template_id: 'no.such' } }, aStaffMember('support'))
    assert.equal(await refusalOf(none), 'TEMPLATE_NOT_FOUND')
  })
})
