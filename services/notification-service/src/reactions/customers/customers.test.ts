import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as events from '#contracts/events/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { listOf, openNotices } from '../../../testing/open-notices.ts'

describe('events of customers', () => {
  test('tell the user behind the customer how his opening goes', async (t) => {
    const bank = await openNotices(t)
    const { user_id, customer_id, caller } = bank.person()
    bank.receive(events.customerCreated, { customer_id, user_id, home_currency: 'EUR' })
    bank.receive(events.kycApproved, { customer_id, verified_by: 'somebody', expires_on: '2029-11-21' })
    bank.receive(events.kycExpired, { customer_id, document_id: null, document_expiry: '2029-11-22' })
    bank.receive(events.kycRejected, { customer_id, reasons: ['BLURRED'], is_final: true })
    const changed = { change_type: 'CONTACT', updated_fields: ['phone'], timestamp: new Date().toISOString() }
    bank.receive(events.customerUpdated, { customer_id, ...changed })
    bank.receive(events.customerCreationRolledBack, { customer_id, reason: 'KYC_REJECTED' })
    const list = await listOf(bank, { caller }, 5)
    assert.deepEqual(
      list.map(({ template_id }) => template_id),
      ['customer.rolled-back', 'customer.updated', 'kyc.rejected', 'kyc.expired', 'kyc.approved'],
    )
    assert.match(list[4]?.body ?? '', /valid until 2029-11-21\./)
    assert.match(list[3]?.body ?? '', /expired on 2029-11-22\./)
    assert.equal(bank.asked.customers, 0, 'the event had told who signs in')
  })

  test('ask identity who signs in where no event told, and tell nobody where nobody does', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    bank.receive(events.customerCreated, { customer_id: newId(), user_id: null, home_currency: null })
    bank.receive(events.kycRejected, { customer_id: newId(), reasons: [], is_final: false })
    bank.receive(events.kycRejected, { customer_id: ann.customer_id, reasons: [], is_final: false })
    await listOf(bank, ann)
    assert.equal((await bank.sql`select 1 from notifications`).length, 1)
    assert.deepEqual(
      (await bank.sql`select customer_id, user_id from recipients`).map((row) => ({ ...row })),
      [{ customer_id: ann.customer_id, user_id: ann.user_id }],
    )
  })
})
