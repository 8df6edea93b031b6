import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openAccount as contract } from '#contracts/api/account.ts'
import { openLedgerAccount } from '#contracts/api/ledger.ts'
import { accountCreated } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { isAccountNumber } from '../../domain/account-number.ts'

describe('openAccount', () => {
  test('opens an active account with its first owner, its ledger account under the same id, and one event', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const account = await openAccount(bank, anna, { account_type: 'SAVINGS', currency: 'KWD' })
    assert.equal(account.customer_id, anna.customer_id)
    assert.deepEqual(
      [account.product_id, account.currency, account.status, account.branch_id, account.overdraft_limit_cents],
      ['easy-savings', 'KWD', 'ACTIVE', 'main', 0n],
    )
    assert.equal(account.opened_date, bank.clock.bank.businessDate())
    assert.ok(isAccountNumber(account.account_number))
    assert.equal(bank.ledger.of(account.account_id).currency, 'KWD')
    const owners =
      await bank.sql`select customer_id, relation, capabilities from account_owners where account_id = ${account.account_id}`
    assert.deepEqual(
      [...owners],
      [{ customer_id: anna.customer_id, relation: 'OWNER', capabilities: ['view', 'debit', 'manage'] }],
    )
    const [event, ...more] = await bank.published(accountCreated)
    assert.equal(more.length, 0)
    assert.deepEqual(event, {
      account_id: account.account_id,
      customer_id: anna.customer_id,
      account_number_last4: account.account_number.replace(/\D/g, '').slice(-4),
      account_type: 'SAVINGS',
      currency: 'KWD',
      branch_id: 'main',
      status: 'ACTIVE',
    })
  })

  test('lets an operator open an account with an overdraft for any customer, and hands the limit to the ledger', async (t) => {
    const bank = await openAccountBank(t)
    const customer_id = newId()
    const account = await openAccount(bank, aStaffMember('operator'), { customer_id, overdraft_limit_cents: 50_000n })
    assert.deepEqual([account.customer_id, account.overdraft_limit_cents], [customer_id, 50_000n])
    assert.equal(bank.ledger.of(account.account_id).overdraft_limit_cents, 50_000n)
  })

  test('refuses by code, and then nothing is opened anywhere', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const refused = (body: Parameters<typeof openAccount>[2], caller = anna) =>
      refusalOf(bank.call(contract, { body: { currency: 'EUR', ...body } }, caller))
    assert.equal(await refused({ customer_id: newId() }), 'CUSTOMER_NOT_YOURS')
    assert.equal(await refused({}, aStaffMember('teller') as typeof anna), 'CUSTOMER_REQUIRED')
    assert.equal(await refused({}, aCustomer({ customer_id: null })), 'CUSTOMER_REQUIRED')
    assert.equal(await refused({ product_id: 'gold-card' }), 'PRODUCT_NOT_FOUND')
    assert.equal(await refused({ currency: 'NOK' }), 'CURRENCY_NOT_OFFERED')
    assert.equal(await refused({ currency: 'ZZZ' }), 'CURRENCY_NOT_OFFERED')
    assert.equal(await refused({ branch_id: 'nowhere' }), 'BRANCH_NOT_FOUND')
    assert.equal(await refused({ overdraft_limit_cents: 1n }), 'OVERDRAFT_NOT_ALLOWED')
    assert.equal(await refused({}, aStaffMember('auditor') as typeof anna), 'FORBIDDEN')
    assert.equal(bank.ledger.accounts.size, 0)
    assert.equal((await bank.sql`select 1 from accounts`).length, 0)
    assert.equal((await bank.published(accountCreated)).length, 0)
  })

  test('answers a repeated key with the same account, also when twenty requests race', async (t) => {
    const bank = await openAccountBank(t)
    const anna = aCustomer()
    const key = aKey()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bank.call(contract, { body: { currency: 'EUR' } }, anna, { key })),
    )
    assert.equal(new Set(answers.map(({ reply }) => reply.account_id)).size, 1)
    assert.equal((await bank.sql`select 1 from accounts`).length, 1)
    assert.equal(
      await refusalOf(bank.call(contract, { body: { currency: 'USD' } }, anna, { key })),
      'IDEMPOTENCY_KEY_REUSED',
    )
  })

  test('opens nothing when the ledger cannot be reached', async (t) => {
    const bank = await openAccountBank(t)
    bank.peer(openLedgerAccount, () => {
      throw new Fault('the ledger is away')
    })
    await assert.rejects(bank.call(contract, { body: { currency: 'EUR' } }, aCustomer()), Fault)
    assert.equal((await bank.sql`select 1 from accounts`).length, 0)
  })

  test('gives every account a number of its own', async (t) => {
    const bank = await openAccountBank(t)
    const accounts = await Promise.all(Array.from({ length: 12 }, () => openAccount(bank)))
    assert.equal(new Set(accounts.map(({ account_number }) => account_number)).size, 12)
  })
})
