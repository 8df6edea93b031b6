import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listCustomers } from '#contracts/api/customer.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('listCustomers', () => {
  test('pages through customers, newest first, each once and masked, and leaves out what was taken back', async (t) => {
    const bank = await openCustomerBank(t)
    const made: string[] = []
    for (let i = 0; i < 5; i++) made.unshift((await createCustomer(bank)).customer_id)
    const rejected = await createCustomer(bank)
    await submit(bank, rejected.caller)
    await decide(bank, rejected.customer_id, { decision: 'REJECT' })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: { limit: number; cursor?: string } = cursor === null ? { limit: 2 } : { limit: 2, cursor }
      const { reply } = await bank.call(listCustomers, { query }, aStaffMember('support'))
      assert.ok(reply.items.every(({ is_masked, email }) => is_masked && email === 'z•••@q•••.test'))
      seen.push(...reply.items.map(({ customer_id }) => customer_id))
      cursor = reply.next_cursor
    } while (cursor !== null)
    assert.deepEqual(seen, made)
    const acts = await bank.sql`select outcome from audit_outbox where operation = 'listCustomers'`
    assert.deepEqual(new Set(acts.map(({ outcome }) => outcome)), new Set(['read']))
  })

  test('filters by KYC, is for staff, and refuses cursors that it did not give out', async (t) => {
    const bank = await openCustomerBank(t)
    const [waiting] = [await createCustomer(bank), await createCustomer(bank)]
    await submit(bank, waiting.caller)
    const officer = aStaffMember('compliance')
    const { reply } = await bank.call(listCustomers, { query: { kyc_status: 'IN_REVIEW' } }, officer)
    assert.deepEqual(
      reply.items.map(({ customer_id }) => customer_id),
      [waiting.customer_id],
    )
    assert.equal(await refusalOf(bank.call(listCustomers, {}, aCustomer())), 'FORBIDDEN')
    for (const cursor of ["'; --", 'x', Buffer.from('2026-01-01/x').toString('base64url')])
      assert.equal(await refusalOf(bank.call(listCustomers, { query: { cursor } }, officer)), 'CURSOR_WRONG')
  })
})
