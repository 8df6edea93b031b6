import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { accountCreated } from '#contracts/events/account.ts'
import * as events from '#contracts/events/transaction.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { keepPayee } from '../../../testing/payees.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('addBeneficiary', () => {
  test('keeps a payee elsewhere with name and number sealed, announced by ids alone', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const payee = await keepPayee(bank, ann)
    assert.deepEqual(
      [payee.name, payee.account_number, payee.country],
      ['Zoë Landlord', 'DE89370400440532013000', 'DE'],
    )
    assert.deepEqual([payee.customer_id, payee.is_favourite, payee.version], [ann.customer_id, false, 1])
    const { beneficiary_id } = payee
    assert.deepEqual(await bank.published(events.beneficiaryAdded), [
      { beneficiary_id, customer_id: ann.customer_id, user_id: ann.sub, beneficiary_type: 'DOMESTIC' },
    ])
    const stored = JSON.stringify([
      ...(await bank.sql`select * from beneficiaries`),
      ...(await bank.sql`select data from outbox_events`),
      ...(await bank.owner`select * from audit_outbox`),
    ])
    assert.ok(!stored.includes('Landlord') && !stored.includes('0532013000'))
    const [act] = await bank.owner`select change_encrypted from audit_outbox where operation = 'addBeneficiary'`
    assert.notEqual(act?.change_encrypted, null)
  })

  test('keeps an account of this bank by its number; a transfer to it that is booked is remembered', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const account_number = bank.accounts.get(to)?.account_number as string
    const payee = await keepPayee(bank, ann, {
      beneficiary_type: 'INTERNAL',
      account_number: account_number.toLowerCase(),
    })
    assert.deepEqual([payee.account_id, payee.account_number, payee.last_paid_at], [to, account_number, null])
    const facts = {
      account_number_last4: '1234',
      account_type: 'CHECKING',
      currency: 'EUR',
      branch_id: 'main',
    } as const
    const owned = { account_id: from, customer_id: ann.customer_id as string, ...facts, status: 'ACTIVE' } as const
    bank.receive(accountCreated, owned)
    await eventually(async () => (await bank.sql`select 1 from account_owners`).count === 1)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'ALLOW')
    const { booked_at } = await bank.reaches(reply.transaction_id, 'COMPLETED')
    const input = { params: { beneficiary_id: payee.beneficiary_id } }
    assert.equal((await bank.call(api.getBeneficiary, input, ann)).reply.last_paid_at, booked_at)
  })

  test('refuses by code and keeps nothing', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const internal = (account_id: string) => ({
      beneficiary_type: 'INTERNAL' as const,
      account_number: bank.accounts.get(account_id)?.account_number ?? account_id,
    })
    const refusals = [
      ['PAYEE_NOT_FOUND', internal('FB-99999999-9')],
      ['OWN_ACCOUNT_AS_PAYEE', internal(from)],
      ['CURRENCY_MISMATCH', { ...internal(to), currency: 'USD' }],
      ['CURRENCY_UNKNOWN', { currency: 'XXX' }],
      ['ACCOUNT_NUMBER_WRONG', { account_number: 'DE88370400440532013000' }],
      ['BANK_REQUIRED', { account_number: '000123456' }],
    ] as const
    for (const [code, wish] of refusals) await assert.rejects(keepPayee(bank, ann, wish), refusedWith(code))
    await assert.rejects(keepPayee(bank, { ...ann, customer_id: null }), refusedWith('CUSTOMER_REQUIRED'))
    await assert.rejects(keepPayee(bank, aStaffMember('operator')), refusedWith('FORBIDDEN'))
    assert.equal((await bank.sql`select 1 from beneficiaries`).count, 0)
    assert.equal((await bank.published(events.beneficiaryAdded)).length, 0)
  })

  test('a payee is kept once by a customer, also when asked for twice at once; another customer may keep the same', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const key = aKey()
    const first = await keepPayee(bank, ann, {}, key)
    assert.deepEqual(await keepPayee(bank, ann, {}, key), first)
    const kept = await bank.sql`select body, resource_id from idempotency_keys`
    assert.deepEqual(
      [...kept],
      [{ body: null, resource_id: first.beneficiary_id }],
      'no copy of a name stands beside a key',
    )
    await assert.rejects(keepPayee(bank, ann, { name: 'Other name' }), refusedWith('BENEFICIARY_EXISTS'))
    const bob = aCustomer()
    const both = await Promise.allSettled([keepPayee(bank, bob), keepPayee(bank, bob)])
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await bank.sql`select 1 from beneficiaries`).count, 2)
  })
})
