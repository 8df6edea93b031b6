import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listKycQueue } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aPassport, createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('listKycQueue', () => {
  test('shows who waits, the longest waiting first, masked, with what an officer plans by, page by page', async (t) => {
    const bank = await openCustomerBank(t)
    const officer = aStaffMember('compliance')
    const waiting: string[] = []
    for (let i = 0; i < 3; i++) {
      const { caller, customer_id } = await createCustomer(bank)
      const bill = { document_id: newId(), document_type: 'PROOF_ADDRESS' as const }
      await submit(bank, caller, { documents: [aPassport(), bill], is_politically_exposed: i === 0 })
      waiting.push(customer_id)
      bank.clock.advance(60_000)
    }
    await createCustomer(bank)
    const first = (await bank.call(listKycQueue, { query: { limit: 2 } }, officer)).reply
    const cursor = first.next_cursor as string
    const second = (await bank.call(listKycQueue, { query: { limit: 2, cursor } }, officer)).reply
    assert.deepEqual(
      [...first.items, ...second.items].map(({ customer_id }) => customer_id),
      waiting,
    )
    assert.equal(second.next_cursor, null)
    const [longest] = first.items
    assert.equal(longest?.name, 'Z••• Q•••')
    assert.ok((longest?.waiting_s ?? 0) >= 180)
    assert.deepEqual([longest?.is_politically_exposed, first.items[1]?.is_politically_exposed], [true, false])
    assert.deepEqual(longest?.document_types, ['PROOF_ADDRESS', 'PASSPORT'])
    await decide(bank, waiting[0] as string)
    const after = (await bank.call(listKycQueue, {}, officer)).reply
    assert.deepEqual(
      after.items.map(({ customer_id }) => customer_id),
      waiting.slice(1),
    )
  })

  test('is for those who check, and takes only its own cursors', async (t) => {
    const bank = await openCustomerBank(t)
    assert.equal(await refusalOf(bank.call(listKycQueue, {}, aCustomer())), 'FORBIDDEN')
    assert.equal(await refusalOf(bank.call(listKycQueue, {}, aStaffMember('teller'))), 'FORBIDDEN')
    const wrong = bank.call(listKycQueue, { query: { cursor: 'x' } }, aStaffMember('auditor'))
    assert.equal(await refusalOf(wrong), 'CURSOR_WRONG')
  })
})
