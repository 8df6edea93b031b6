import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { accountOwnerAdded } from '#contracts/events/account.ts'
import { consentRevoked } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { aKeyOf, aThirdParty } from '../testing/granted.ts'
import { openBank } from '../testing/open-bank.ts'
import { refusedWith } from '../testing/refused-with.ts'

/** A production bank whose customer allowed a shop one payment of 800.00. */
async function openShop(t: TestContext) {
  const bank = await openBank(t, {}, 'production')
  const [ann, bob] = [aCustomer(), aCustomer()]
  const [from, to] = [bank.openAccount(ann, { balance_cents: 100_000_000n }), bank.openAccount(bob)]
  const numberOf = (account_id: string) => bank.accounts.get(account_id)?.account_number ?? ''
  const detail = {
    ...{ type: 'payment_initiation', amount_cents: 80_000, currency: 'EUR', payee_name: 'Bob’s shop' },
    ...{ destination_account_number: numberOf(to), reference: 'order 17', source_account_id: from },
  }
  const body = {
    ...{ source_account_id: from, destination_account_number: numberOf(to), amount_cents: 80_000n },
    ...{ currency: 'EUR', external_reference: 'order 17' },
  }
  return { bank, ann, bob, from, to, numberOf, detail, body }
}

describe('a third party', () => {
  test('PSD2 RTS art. 5: makes the payment that was confirmed in its consent, and the transaction says whose act it was', async (t) => {
    const { bank, ann, to, detail, body } = await openShop(t)
    const shop = aThirdParty(ann, [detail])
    const { reply } = await bank.transfer(shop, body)
    assert.equal(reply.destination_account_id, to)
    const [row] = await bank.sql`
      select session_id, client_id, auth_method, initiated_by, sca, consent_id from transactions join used_consents using (transaction_id)`
    assert.deepEqual(
      { ...row },
      {
        ...{ session_id: shop.session_id, client_id: 'shop', auth_method: 'pwd+otp', initiated_by: ann.sub },
        ...{ sca: 'CONSENT', consent_id: shop.grant?.consent_id },
      },
    )
    const [line] = await bank.owner`
      select user_id, session_id, client_id from audit_outbox where operation = 'transferMoney'`
    assert.deepEqual({ ...line }, { user_id: ann.sub, session_id: shop.session_id, client_id: 'shop' })
  })

  test('makes no other payment: the field that differs is named, and nothing moves', async (t) => {
    const { bank, ann, bob, numberOf, detail, body } = await openShop(t)
    const own = bank.openAccount(ann, { balance_cents: 100_000n })
    const others: [string, object][] = [
      ['/amount_cents', { amount_cents: 80_001n }],
      ['/destination_account_number', { destination_account_number: numberOf(bank.openAccount(bob)) }],
      ['/source_account_id', { source_account_id: own }],
      ['/external_reference', { external_reference: 'order 18' }],
      ['/external_reference', { external_reference: undefined }],
      ['/description', { description: 'something else' }],
    ]
    for (const [pointer, changed] of others) {
      const asked = Object.fromEntries(
        Object.entries({ ...body, ...changed }).filter(([, value]) => value !== undefined),
      ) as typeof body
      const error = await bank.transfer(aThirdParty(ann, [detail]), asked).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof Problem, pointer)
      assert.deepEqual([error.kind.code, error.options.errors?.[0]?.pointer], ['CONSENT_MISMATCH', pointer])
    }
    await assert.rejects(bank.transfer(aThirdParty(ann, []), body), refusedWith('CONSENT_MISMATCH'))
    const eur = { ...detail, currency: 'USD' }
    await assert.rejects(bank.transfer(aThirdParty(ann, [eur]), body), refusedWith('CONSENT_MISMATCH'))
    const [row] = await bank.sql`select count(*)::int as n from transactions`
    assert.equal(row?.n, 0)
    assert.equal((await bank.sql`select 1 from used_consents`).count, 0)
  })

  test('uses a consent once: of eight at once one pays, a hundred times; its key answers the first result again', async (t) => {
    const { bank, ann, detail, body } = await openShop(t)
    for (let round = 1; round <= 100; round++) {
      const shop = aThirdParty(ann, [detail])
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => bank.transfer(shop, body)))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1, `round ${round}`)
      for (const one of settled) if (one.status === 'rejected') refusedWith('CONSENT_USED')(one.reason)
    }
    const [shop, key] = [aThirdParty(ann, [detail]), aKey()]
    const first = await bank.transfer(shop, body, key)
    const again = await bank.transfer(shop, body, key)
    assert.equal(again.reply.transaction_id, first.reply.transaction_id)
    const [row] = await bank.sql`select count(*)::int as n from transactions`
    assert.equal(row?.n, 101)
  })

  test('without the scope does nothing, nor may it what only a customer may', async (t) => {
    const { bank, ann, detail, body } = await openShop(t)
    const shop = aThirdParty(ann, [detail])
    const blind = { ...shop, grant: { ...(shop.grant as NonNullable<Caller['grant']>), scopes: ['profile'] } }
    await assert.rejects(bank.transfer(blind, body), refusedWith('FORBIDDEN'))
    const { transaction_id } = (await bank.transfer(shop, body)).reply
    const params = { transaction_id }
    for (const call of [
      () => bank.call(api.getTransaction, { params }, blind),
      () => bank.call(api.cancelTransaction, { params }, shop),
      () => bank.call(api.listTransactionEvents, { params }, shop),
      () => bank.call(api.listBeneficiaries, {}, shop),
    ])
      await assert.rejects(call(), refusedWith('FORBIDDEN'))
  })

  test('sees the transactions of the accounts that it was allowed to see, and of no others', async (t) => {
    const { bank, ann, bob, from, to } = await openShop(t)
    const own = bank.openAccount(ann, { balance_cents: 100_000n })
    const capabilities = ['view', 'debit', 'manage'] as const
    for (const account_id of [from, own])
      bank.receive(accountOwnerAdded, {
        ...{ account_id, customer_id: ann.customer_id as string, capability: capabilities.join(',') },
      } as never)
    await eventually(async () => assert.equal((await bank.sql`select 1 from account_owners`).count, 2))
    const pay = async (source_account_id: string) =>
      (await bank.confirmed(ann, { source_account_id, destination_account_id: to })).reply.transaction_id
    const [seen, hidden] = [await pay(from), await pay(own)]
    const access = { type: 'account_access', actions: ['accounts', 'transactions'], account_ids: [from] }
    const app = aThirdParty(ann, [access])
    const { items } = (await bank.call(api.listTransactions, {}, app)).reply
    assert.deepEqual(
      items.map((item) => item.transaction_id),
      [seen],
    )
    const one = (transaction_id: string, caller = app) =>
      bank.call(api.getTransaction, { params: { transaction_id } }, caller)
    assert.equal((await one(seen)).reply.transaction_id, seen)
    await assert.rejects(one(hidden), refusedWith('NOT_FOUND'))
    const list = (account_id: string, caller = app) =>
      bank.call(api.listAccountTransactions, { params: { account_id } }, caller)
    assert.equal((await list(from)).reply.items.length, 1)
    await assert.rejects(list(own), refusedWith('NOT_FOUND'))
    await assert.rejects(list(to, aThirdParty(bob, [access])), refusedWith('NOT_FOUND'))
    await assert.rejects(bank.call(api.listTransactions, { query: { account_id: own } }, app), refusedWith('NOT_FOUND'))
    const balances = aThirdParty(ann, [{ ...access, actions: ['balances'] }])
    await assert.rejects(one(seen, balances), refusedWith('NOT_FOUND'), 'balances are no transactions')
    assert.deepEqual((await bank.call(api.listTransactions, {}, balances)).reply.items, [])
  })

  test('whose consent is revoked loses the payment that waits; one that is booked stays', async (t) => {
    const { bank, ann, bob, detail, body } = await openShop(t)
    const [waiting, done] = [aThirdParty(ann, [detail]), aThirdParty(ann, [detail])]
    const first = (await bank.transfer(waiting, body)).reply
    const second = (await bank.transfer(done, body)).reply
    for (const { transaction_id } of [first, second]) await bank.reachesStage(transaction_id, 'RESERVED')
    bank.judge(first, 'REVIEW')
    await bank.reaches(first.transaction_id, 'AWAITING_APPROVAL')
    bank.judge(second, 'ALLOW')
    await bank.reaches(second.transaction_id, 'COMPLETED')
    for (const { grant } of [waiting, done, aThirdParty(bob, [])]) {
      const consent_id = grant?.consent_id ?? newId()
      bank.receive(consentRevoked, { consent_id, user_id: ann.sub as string, client_id: 'shop' })
    }
    await bank.reaches(first.transaction_id, 'CANCELLED')
    assert.equal((await bank.transactionOf(second.transaction_id)).status, 'COMPLETED')
    const [decision] = await bank.sql`select action, reason, acted_by from transaction_audit`
    assert.deepEqual({ ...decision }, { action: 'CANCELLED', reason: 'The consent was revoked', acted_by: ann.sub })
  })
})

describe('a business customer’s key', () => {
  test('pays up to what the policy lets keys, from the accounts that it is for, and confirms nothing', async (t) => {
    const { bank, ann, from, to } = await openShop(t)
    const own = bank.openAccount(ann, { balance_cents: 100_000n })
    const pay = (caller: Caller, amount_cents: bigint, source_account_id = from) =>
      bank.transfer(caller, { source_account_id, destination_account_id: to, amount_cents })
    const { transaction_id } = (await pay(aKeyOf(ann), 100_000n)).reply
    assert.equal((await bank.transactionOf(transaction_id)).sca, 'API_KEY')
    await assert.rejects(pay(aKeyOf(ann), 100_001n), refusedWith('KEY_ABOVE_POLICY'))
    const bounded = aKeyOf(ann, [{ type: 'account_access', actions: ['accounts'], account_ids: [own] }])
    await pay(bounded, 5n, own)
    await assert.rejects(pay(bounded, 5n), refusedWith('NOT_FOUND'))
    assert.equal((await bank.sql`select 1 from sca_series`).count, 0, 'a key makes no payee a known one')
  })
})
