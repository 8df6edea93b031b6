import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  accrueInterest,
  addOwner,
  changeDelegateLimits,
  closeAccount,
  freezeAccount,
  getAccount,
  getClosing,
  payOutAndClose,
} from '#contracts/api/account.ts'
import { accountClosed } from '#contracts/events/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { Fault } from '#libs/problem/problem.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'

/** A savings account with 1,000.00 and another account of the same customer. */
async function twoAccounts(bank: AccountBank) {
  const { account_id: from, owner } = await openAccount(bank, aCustomer(), { product_id: 'easy-savings' })
  const { account_id: to } = await openAccount(bank, owner)
  await bank.owner`update accounts set opened_date = '2026-01-01'`
  bank.ledger.of(from).ledger_balance_cents = 100_000n
  return { from, to, owner }
}

const close = (bank: AccountBank, from: string, payout_account_id: string, caller: Caller, key?: string) =>
  bank.call(
    payOutAndClose,
    { params: { account_id: from }, body: { payout_account_id } },
    caller,
    key === undefined ? {} : { key },
  )

function ends(bank: AccountBank, account_id: string, owner: Caller, status: string) {
  return eventually(async () => {
    const { reply } = await bank.call(getClosing, { params: { account_id } }, owner)
    assert.equal(reply.status, status)
    return reply
  })
}

describe('payOutAndClose', () => {
  test('pays what was earned and the whole balance to the other account, then closes, each once', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const body = { business_date: '2026-01-05', is_month_end: false }
    await bank.call(accrueInterest, { body }, aService('ledger-service'))
    assert.equal(await refusalOf(bank.call(closeAccount, { params: { account_id: from } }, owner)), 'BALANCE_NOT_ZERO')
    const key = aKey()
    const first = await close(bank, from, to, owner, key)
    assert.deepEqual([first.status, first.reply.status], [202, 'PENDING'])
    const again = await close(bank, from, to, owner, key)
    assert.equal(again.reply.closing_id, first.reply.closing_id)
    const { payout_cents } = await ends(bank, from, owner, 'COMPLETED')
    assert.equal(payout_cents, 100_005n)
    assert.deepEqual(
      [from, to].map((id) => bank.ledger.of(id).ledger_balance_cents),
      [0n, 100_005n],
    )
    assert.equal(bank.ledger.own.get('INTEREST_PAYABLE'), 0n)
    assert.deepEqual([bank.ledger.of(from).state, bank.ledger.bookedAs('ACCOUNT_CLOSURE').length], ['CLOSED', 1])
    assert.deepEqual(await bank.published(accountClosed), [{ account_id: from, reason: 'OWNER_REQUEST' }])
    const { reply } = await bank.call(getAccount, { params: { account_id: from } }, owner)
    assert.equal(reply.status, 'CLOSED')
    const traces = await bank.sql`select distinct correlationid from outbox_events where type = 'account.closed'`
    const [closing] = await bank.sql`select correlation_id from closings`
    assert.deepEqual(
      traces.map((one) => one.correlationid),
      [closing?.correlation_id],
    )
  })

  test('an empty account is closed only after what it has earned this month was paid', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const body = { business_date: '2026-01-05', is_month_end: false }
    await bank.call(accrueInterest, { body }, aService('ledger-service'))
    bank.ledger.of(from).ledger_balance_cents = 0n
    assert.equal(await refusalOf(bank.call(closeAccount, { params: { account_id: from } }, owner)), 'BALANCE_NOT_ZERO')
    await close(bank, from, to, owner)
    assert.equal((await ends(bank, from, owner, 'COMPLETED')).payout_cents, 5n)
  })

  test('a credit that arrives between payout and closing is paid out too', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    let late = 3
    bank.ledger.beforeState = (state) => {
      if (state === 'CLOSED' && late-- > 0) bank.ledger.of(from).ledger_balance_cents += 7n
    }
    await close(bank, from, to, owner)
    assert.equal((await ends(bank, from, owner, 'COMPLETED')).payout_cents, 100_021n)
    assert.equal(bank.ledger.bookedAs('ACCOUNT_CLOSURE').length, 4)
    assert.equal(bank.ledger.of(to).ledger_balance_cents, 100_021n)
  })

  test('cut off before or after any step, it goes on there, and the money is in one place', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const cutOff = { beforePosting: 2, afterPosting: 2, beforeState: 1, afterState: 1 }
    const failing = (name: keyof typeof cutOff) => () => {
      if (cutOff[name]-- > 0) throw new Fault('cut off')
    }
    bank.ledger.beforePosting = failing('beforePosting')
    bank.ledger.afterPosting = failing('afterPosting')
    bank.ledger.beforeState = failing('beforeState')
    bank.ledger.afterState = failing('afterState')
    await close(bank, from, to, owner)
    await eventually(() => cutOff.beforeState < 1)
    await ends(bank, from, owner, 'COMPLETED')
    assert.ok(Object.values(cutOff).every((left) => left <= 0))
    assert.equal(bank.ledger.of(to).ledger_balance_cents, 100_000n)
    assert.equal((await bank.published(accountClosed)).length, 1)
  })

  test('fails while holds stand or the balance is below zero, and the account is as before', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    bank.ledger.of(from).held_cents = 1n
    await close(bank, from, to, owner)
    assert.equal((await ends(bank, from, owner, 'FAILED')).failure_code, 'HOLDS_STANDING')
    Object.assign(bank.ledger.of(from), { held_cents: 0n, ledger_balance_cents: -1n })
    const second = (await close(bank, from, to, owner)).reply
    await eventually(async () => {
      const { reply } = await bank.call(getClosing, { params: { account_id: from } }, owner)
      assert.deepEqual([reply.closing_id, reply.failure_code], [second.closing_id, 'BALANCE_NEGATIVE'])
    })
    assert.equal((await bank.call(getAccount, { params: { account_id: from } }, owner)).reply.status, 'ACTIVE')
    assert.deepEqual([bank.ledger.of(from).state, bank.ledger.booked.size], ['OPEN', 0])
  })

  test('a payout whose answer was lost is known before anything else makes the closing fail', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    let isLost = false
    bank.ledger.afterPosting = async () => {
      if (isLost) return
      isLost = true
      await bank.owner`update accounts set status = 'FROZEN' where account_id = ${from}`
      throw new Fault('the answer was lost')
    }
    await close(bank, from, to, owner)
    const { failure_code, payout_cents } = await ends(bank, from, owner, 'FAILED')
    assert.deepEqual([failure_code, payout_cents], ['ACCOUNT_FROZEN', 100_000n])
    assert.equal(bank.ledger.of(to).ledger_balance_cents, 100_000n)
    const [payout] = await bank.sql`select ledger_transaction_id from closing_payouts`
    assert.ok(payout?.ledger_transaction_id)
  })

  test('is refused by code, and then no closing is written', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const dollars = await openAccount(bank, owner, { currency: 'USD' })
    const [manager, stranger] = [aCustomer(), aCustomer()]
    const teller = aStaffMember('teller')
    const capabilities = ['view' as const, 'manage' as const]
    const added = { customer_id: manager.customer_id as string, relation: 'DELEGATE' as const, capabilities }
    await bank.call(addOwner, { params: { account_id: from }, body: added }, teller)
    const refused = (destination: string, caller = owner, account_id = from) =>
      refusalOf(close(bank, account_id, destination, caller))
    assert.equal(await refused(newId()), 'PAYOUT_ACCOUNT_NOT_FOUND')
    assert.equal(await refused(from), 'SAME_ACCOUNT')
    assert.equal(await refused(dollars.account_id), 'CURRENCY_MISMATCH')
    assert.equal(await refused(to, stranger), 'NOT_FOUND')
    assert.equal(await refused(to, manager), 'FORBIDDEN')
    assert.equal(await refused(to, { ...teller, customer_id: owner.customer_id }), 'OWN_ACCOUNT')
    assert.equal(await refused(to, teller, newId()), 'ACCOUNT_NOT_FOUND')
    await bank.call(freezeAccount, { params: { account_id: from }, body: { reason: 'lost' } }, owner)
    assert.equal(await refused(to), 'ACCOUNT_FROZEN')
    assert.equal((await bank.sql`select 1 from closings`).length, 0)
    assert.equal(await refusalOf(bank.call(getClosing, { params: { account_id: from } }, owner)), 'CLOSING_NOT_FOUND')
  })

  test('a delegate with limits does not get past them by it', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const dan = aCustomer()
    const customer_id = dan.customer_id as string
    const capabilities = ['view' as const, 'debit' as const, 'manage' as const]
    const added = { customer_id, relation: 'DELEGATE' as const, capabilities }
    await bank.call(addOwner, { params: { account_id: from }, body: added }, aStaffMember('teller'))
    const limits = { max_amount_cents: 10_000n, max_day_cents: 25_000n }
    await bank.call(changeDelegateLimits, { params: { account_id: from, customer_id }, body: { limits } }, owner)
    assert.equal(await refusalOf(close(bank, from, to, dan)), 'FORBIDDEN')
    assert.equal((await bank.sql`select 1 from closings`).length, 0)
  })

  test('pays to an account of the same customer only, whoever asks: all else is a transfer, with its limits and checks', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const other = await openAccount(bank)
    const teller = aStaffMember('teller')
    const add = (account_id: string, relation: 'JOINT' | 'DELEGATE') => {
      const body = { customer_id: owner.customer_id as string, relation }
      const capabilities = ['view' as const, 'debit' as const]
      const wish = relation === 'JOINT' ? body : { ...body, capabilities }
      return bank.call(addOwner, { params: { account_id }, body: wish }, teller)
    }
    const isRefused = async (caller: Caller) =>
      assert.equal(await refusalOf(close(bank, from, other.account_id, caller)), 'PAYOUT_ACCOUNT_NOT_FOUND')
    await isRefused(owner)
    await isRefused(teller)
    const acted = await openAccount(bank)
    await add(acted.account_id, 'DELEGATE')
    assert.equal(await refusalOf(close(bank, from, acted.account_id, owner)), 'PAYOUT_ACCOUNT_NOT_FOUND')
    assert.equal((await bank.sql`select 1 from closings`).length, 0)
    await add(other.account_id, 'JOINT')
    await close(bank, from, other.account_id, owner)
    await ends(bank, from, owner, 'COMPLETED')
    assert.deepEqual(
      [other.account_id, to].map((id) => bank.ledger.of(id).ledger_balance_cents),
      [100_000n, 0n],
    )
  })

  test('just after midnight it waits for the interest of the day that is being closed, and so does a plain closing', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const day = '2026-01-05'
    bank.ledger.closingDay = day
    bank.ledger.closing.set(`${from} ${day}`, 100_000n)
    await close(bank, from, to, owner)
    await eventually(() => assert.equal(bank.ledger.of(to).ledger_balance_cents, 100_000n))
    const plain = (account_id: string) => refusalOf(bank.call(closeAccount, { params: { account_id } }, owner))
    assert.equal(await plain(from), 'ACCOUNT_CHANGED')
    const body = { business_date: day, is_month_end: false }
    await bank.call(accrueInterest, { body }, aService('ledger-service'))
    bank.ledger.closingDay = undefined
    assert.equal((await ends(bank, from, owner, 'COMPLETED')).payout_cents, 100_005n)
    assert.deepEqual([bank.ledger.of(to).ledger_balance_cents, bank.ledger.own.get('INTEREST_PAYABLE')], [100_005n, 0n])
    bank.ledger.closingDay = '2026-01-06'
    bank.ledger.of(to).ledger_balance_cents = 0n
    const { reply } = await bank.call(closeAccount, { params: { account_id: to } }, owner)
    assert.equal(reply.status, 'CLOSED', 'an account that never earns is not waited for')
  })

  test('of ten at once one is taken up', async (t) => {
    const bank = await openAccountBank(t)
    const { from, to, owner } = await twoAccounts(bank)
    const settled = await Promise.allSettled(Array.from({ length: 10 }, () => close(bank, from, to, owner)))
    for (const one of settled)
      if (one.status === 'rejected')
        assert.match(await refusalOf(Promise.reject(one.reason)), /^ACCOUNT_(CHANGED|CLOSED)$/)
    await ends(bank, from, owner, 'COMPLETED')
    assert.equal((await bank.sql`select 1 from closings`).length, 1)
    assert.equal(bank.ledger.of(to).ledger_balance_cents, 100_000n)
  })
})
