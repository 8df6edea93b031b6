import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listConsents } from '#contracts/api/identity-consents.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { holderOf, openConsents, READING } from '../../../testing/consents.ts'
import { aUser, refusalOf, trailOf } from '../../../testing/people.ts'

describe('listConsents', () => {
  test('lists what the customer allowed, newest first and page by page, and nothing of anybody else', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const bob = await aUser(bank, 'bob@example.com')
    await aConsent(bob.user_id)
    const made = [await aConsent(user_id), await aConsent(user_id), await aConsent(user_id)]
    const ann = aCustomer({ sub: user_id })
    const first = (await bank.call(listConsents, { query: { limit: 2 } }, ann)).reply
    const cursor = first.next_cursor as string
    const second = (await bank.call(listConsents, { query: { limit: 2, cursor } }, ann)).reply
    assert.deepEqual(
      [...first.items, ...second.items].map(({ consent_id }) => consent_id),
      made.map(({ consent_id }) => consent_id).reverse(),
    )
    assert.equal(second.next_cursor, null)
    const { type: _, ...access } = READING
    assert.deepEqual(first.items[0]?.account_access, [{ ...access, expires_on: null }])
    // Whoever names somebody else sees his own all the same.
    const asked = (await bank.call(listConsents, { query: { user_id: bob.user_id } }, ann)).reply
    assert.deepEqual(
      asked.items.map((consent) => consent.consent_id),
      made.map(({ consent_id }) => consent_id).reverse(),
    )
    assert.deepEqual((await bank.call(listConsents, { query: { status: 'REVOKED' } }, ann)).reply.items, [])
  })

  test('staff name whose they look at, which leaves a line in the trail', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    await aConsent(user_id)
    const officer = aStaffMember('compliance')
    assert.equal(await refusalOf(bank.call(listConsents, { query: {} }, officer)), 'USER_REQUIRED')
    assert.equal((await bank.call(listConsents, { query: { user_id } }, officer)).reply.items.length, 1)
    assert.equal(
      (await trailOf(bank, 'listConsents')).some(({ outcome }) => outcome === 'read'),
      true,
    )
    assert.deepEqual((await bank.call(listConsents, { query: { user_id } }, aStaffMember('teller'))).reply.items, [])
  })

  test('a third party sees no list, and a cursor is one of ours', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const consent = await aConsent(user_id)
    assert.equal(await refusalOf(bank.call(listConsents, { query: {} }, holderOf(consent))), 'FORBIDDEN')
    const query = { cursor: 'elsewhere' }
    assert.equal(await refusalOf(bank.call(listConsents, { query }, aCustomer({ sub: user_id }))), 'CURSOR_WRONG')
  })
})
