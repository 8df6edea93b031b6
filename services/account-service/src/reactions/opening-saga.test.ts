import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getAccount, listAccounts, openAccount as openContract } from '#contracts/api/account.ts'
import * as events from '#contracts/events/account.ts'
import * as customer from '#contracts/events/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../../testing/bank.ts'

const approval = (customer_id: string) => ({ customer_id, verified_by: newId(), expires_on: '2030-01-01' })

async function firstAccount(bank: AccountBank, customer_id: string, home_currency: string | null = 'EUR') {
  bank.customers.set(customer_id, { kyc_status: 'PENDING' })
  bank.receive(customer.customerCreated, { customer_id, user_id: newId(), home_currency })
  return eventually(async () => {
    const [row] = await bank.sql`select * from accounts where customer_id = ${customer_id}`
    assert.ok(row)
    return row
  })
}

describe('the opening saga', () => {
  test('a new customer gets one account, pending and blocked in the ledger; approval opens it for use', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const customer_id = ann.customer_id as string
    const { account_id, status, product_id } = await firstAccount(bank, customer_id, 'KWD')
    assert.deepEqual([status, product_id], ['PENDING', 'everyday-checking'])
    const { state, currency, daily_limit_cents } = bank.ledger.of(account_id)
    assert.deepEqual([state, currency, daily_limit_cents], ['FROZEN', 'KWD', 10_000_000n])
    bank.receive(customer.kycApproved, approval(customer_id))
    await eventually(async () => {
      const { reply } = await bank.call(getAccount, { params: { account_id } }, ann)
      assert.deepEqual([reply.status, bank.ledger.of(account_id).state], ['ACTIVE', 'OPEN'])
    })
    assert.deepEqual(await bank.published(events.accountActivated), [{ account_id, customer_id }])
    assert.equal((await bank.published(events.accountCreated)).length, 1)
    const log =
      await bank.sql`select sequence, change_type, by_bank from account_log where account_id = ${account_id} order by 1`
    assert.deepEqual(
      log.map((line) => [line.sequence, line.change_type, line.by_bank]),
      [
        [1, 'OPENED', true],
        [2, 'ACTIVATED', true],
      ],
    )
  })

  test('a customer who was verified a moment ago opens an active account before the news of it is here', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const customer_id = ann.customer_id as string
    await firstAccount(bank, customer_id)
    assert.equal((await openAccount(bank, ann)).status, 'PENDING')
    bank.customers.set(customer_id, { kyc_status: 'VERIFIED' })
    const { account_id, status } = await openAccount(bank, ann)
    assert.deepEqual([status, bank.ledger.of(account_id).state], ['ACTIVE', 'OPEN'])
    bank.customers.set(customer_id, { kyc_status: 'PENDING', status: 'ROLLED_BACK' })
    assert.equal(await refusalOf(bank.call(openContract, { body: { currency: 'EUR' } }, ann)), 'KYC_REJECTED')
  })

  test('the same news again, under its id or another, opens no second account', async (t) => {
    const bank = await openAccountBank(t)
    const customer_id = newId()
    bank.customers.set(customer_id, { kyc_status: 'PENDING' })
    const data = { customer_id, user_id: null, home_currency: 'EUR' }
    const id = bank.receive(customer.customerCreated, data)
    bank.receive(customer.customerCreated, data, id)
    bank.receive(customer.customerCreated, data)
    const last = newId()
    await firstAccount(bank, last)
    assert.equal((await bank.sql`select 1 from accounts where customer_id = ${customer_id}`).length, 1)
    assert.equal(bank.ledger.accounts.size, 2)
  })

  test('a currency that is not offered is reported once, and nothing is opened; no currency opens nothing', async (t) => {
    const bank = await openAccountBank(t)
    const [abroad, without] = [newId(), newId()]
    bank.receive(customer.customerCreated, { customer_id: abroad, user_id: null, home_currency: 'NOK' })
    bank.receive(customer.customerCreated, { customer_id: without, user_id: null, home_currency: null })
    await eventually(async () => assert.equal((await bank.sql`select 1 from customer_standing`).length, 2))
    assert.deepEqual(await bank.published(events.accountCreationFailed), [
      { customer_id: abroad, reason: 'CURRENCY_NOT_OFFERED' },
    ])
    assert.deepEqual([bank.ledger.accounts.size, (await bank.sql`select 1 from accounts`).length], [0, 0])
  })

  test('a final rejection, and a customer taken back, close what is pending; another rejection does not', async (t) => {
    const bank = await openAccountBank(t)
    const [final, back, better] = [newId(), newId(), newId()]
    const accounts: string[] = []
    for (const id of [final, back, better]) accounts.push((await firstAccount(bank, id)).account_id)
    bank.receive(customer.kycRejected, { customer_id: better, reasons: ['BLURRED'], is_final: false })
    bank.receive(customer.kycRejected, { customer_id: final, reasons: ['FORGED'], is_final: true })
    bank.receive(customer.customerCreationRolledBack, { customer_id: back, reason: 'KYC_REJECTED' })
    await eventually(async () => {
      const rows = await bank.sql`select account_id, status from accounts order by account_id`
      const status = (id: string) => rows.find((row) => row.account_id === id)?.status
      assert.deepEqual(accounts.map(status), ['CLOSED', 'CLOSED', 'PENDING'])
    })
    assert.deepEqual(
      (await bank.published(events.accountClosed)).map(({ reason }) => reason),
      ['KYC_REJECTED', 'KYC_REJECTED'],
    )
    assert.deepEqual(
      accounts.map((id) => bank.ledger.of(id).state),
      ['CLOSED', 'CLOSED', 'FROZEN'],
    )
    const open = (customer_id: string) =>
      refusalOf(bank.call(openContract, { body: { currency: 'EUR' } }, aCustomer({ customer_id })))
    await eventually(async () => {
      const refused = await bank.sql`select 1 from customer_standing where is_refused`
      assert.equal(refused.length, 2)
    })
    assert.deepEqual([await open(final), await open(back), await open(better)], Array(3).fill('KYC_REJECTED'))
  })

  test('an account that is being opened while its customer is approved is found afterwards', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const customer_id = ann.customer_id as string
    bank.customers.set(customer_id, { kyc_status: 'IN_REVIEW' })
    const { account_id, status } = await openAccount(bank, ann)
    assert.equal(status, 'PENDING')
    await bank.owner`update customer_standing set kyc_status = 'VERIFIED' where customer_id = ${customer_id}`
    await eventually(async () => {
      const { items } = (await bank.call(listAccounts, { query: { status: 'ACTIVE' } }, ann)).reply
      assert.deepEqual(
        items.map((one) => one.account_id),
        [account_id],
      )
    })
  })

  test('an answer of the ledger that is lost leaves the account pending, and the next try opens it once', async (t) => {
    const bank = await openAccountBank(t)
    const customer_id = newId()
    const { account_id } = await firstAccount(bank, customer_id)
    let lost = 0
    bank.ledger.afterState = () => {
      lost += 1
      if (lost === 1) throw new Fault('the answer was lost')
    }
    bank.receive(customer.kycApproved, approval(customer_id))
    await eventually(async () => {
      const [row] = await bank.sql`select status, version from accounts where account_id = ${account_id}`
      assert.deepEqual(row, { status: 'ACTIVE', version: 2 })
    })
    assert.equal((await bank.published(events.accountActivated)).length, 1)
  })

  test('nothing is opened for somebody without a profile, by staff neither', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const customer_id = ann.customer_id as string
    bank.customers.set(customer_id, null)
    const open = () => bank.call(openContract, { body: { currency: 'EUR' } }, ann)
    assert.equal(await refusalOf(open()), 'PROFILE_REQUIRED')
    const teller = aStaffMember('teller')
    const byStaff = bank.call(openContract, { body: { currency: 'EUR', customer_id } }, teller)
    assert.equal(await refusalOf(byStaff), 'PROFILE_REQUIRED')
    assert.equal(bank.ledger.accounts.size, 0)
  })
})

describe('people who may act for a customer', () => {
  const relation = (customer_id: string, related_customer_id: string) => ({
    customer_id,
    related_customer_id,
    relation: 'DELEGATE' as const,
    capabilities: ['view' as const],
  })

  test('stand on present and future accounts, and leave those and no others', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const ben = aCustomer()
    const [ann_id, ben_id] = [ann.customer_id as string, ben.customer_id as string]
    const first = await openAccount(bank, ann)
    const byHand = await openAccount(bank, ann)
    await bank.owner`
      insert into account_owners (account_id, customer_id, relation, capabilities, added_at)
      values (${byHand.account_id}, ${ben_id}, 'JOINT', '{view,debit,manage}', now())`
    bank.receive(customer.customerRelationAdded, relation(ann_id, ben_id))
    const seen = async () => (await bank.call(listAccounts, {}, ben)).reply.items.map((one) => one.account_id)
    await eventually(async () => assert.deepEqual(await seen(), [first.account_id, byHand.account_id]))
    const later = await openAccount(bank, ann)
    assert.deepEqual(await seen(), [first.account_id, byHand.account_id, later.account_id])
    assert.deepEqual(
      (await bank.published(events.accountOwnerAdded)).map((one) => [one.account_id, one.customer_id, one.capability]),
      [
        [first.account_id, ben_id, 'view'],
        [later.account_id, ben_id, 'view'],
      ],
    )
    bank.receive(customer.customerRelationRemoved, { customer_id: ann_id, related_customer_id: ben_id })
    await eventually(async () => assert.deepEqual(await seen(), [byHand.account_id]))
    assert.equal((await bank.published(events.accountOwnerRemoved)).length, 2)
    await openAccount(bank, ann)
    assert.deepEqual(await seen(), [byHand.account_id])
  })

  test('are known of customers who were asked for because no event came yet', async (t) => {
    const bank = await openAccountBank(t)
    const ann = aCustomer()
    const ben_id = newId()
    const { customer_id: _whose, ...known } = relation(ann.customer_id as string, ben_id)
    bank.customers.set(ann.customer_id as string, { relations: [known] })
    const { account_id } = await openAccount(bank, ann)
    const owners =
      await bank.sql`select customer_id, via_relation from account_owners where account_id = ${account_id} order by 2`
    assert.deepEqual(
      [...owners],
      [
        { customer_id: ann.customer_id, via_relation: false },
        { customer_id: ben_id, via_relation: true },
      ],
    )
  })
})
