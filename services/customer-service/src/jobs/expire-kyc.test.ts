import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getKycStatus } from '#contracts/api/customer.ts'
import { kycExpired } from '#contracts/events/customer.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { aPassport, aVerifiedCustomer, createCustomer, decide, openCustomerBank, submit } from '../../testing/bank.ts'
import { addMonths } from '../domain/calendar.ts'

const DAY_MS = 86_400_000

describe('expire-kyc', () => {
  test('ends a verification after its last day by the bank’s date, with one event, and papers may be handed in again', async (t) => {
    const bank = await openCustomerBank(t)
    const stays = await aVerifiedCustomer(bank)
    const { caller, customer_id } = await createCustomer(bank)
    const passport = aPassport({ expires_on: bank.clock.bank.businessDate() })
    await submit(bank, caller, { documents: [passport] })
    await decide(bank, customer_id)
    assert.deepEqual(await bank.published(kycExpired), [])
    const document_expiry = passport.expires_on as string
    bank.clock.advance(DAY_MS)
    await eventually(async () => (await bank.published(kycExpired)).length === 1)
    assert.deepEqual(await bank.published(kycExpired), [
      { customer_id, document_id: passport.document_id, document_expiry },
    ])
    const { reply } = await bank.call(getKycStatus, { params: { customer_id } }, caller)
    assert.deepEqual([reply.kyc_status, reply.documents[0]?.document_status], ['EXPIRED', 'EXPIRED'])
    await submit(bank, caller)
    assert.equal((await decide(bank, customer_id)).kyc_status, 'VERIFIED')
    const other = (await bank.call(getKycStatus, { params: { customer_id: stays.customer_id } }, stays.caller)).reply
    assert.equal(other.kyc_status, 'VERIFIED')
  })

  test('where the time is over and no document has ended names none', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id } = await aVerifiedCustomer(bank)
    const document_expiry = addMonths(bank.clock.bank.businessDate(), 36)
    bank.clock.advance(37 * 31 * DAY_MS)
    await eventually(async () => (await bank.published(kycExpired)).length === 1)
    assert.deepEqual(await bank.published(kycExpired), [{ customer_id, document_id: null, document_expiry }])
  })
})
