import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

const cash = (account_id: string, body = {}) => ({ body: { account_id, amount_cents: 400n, currency: 'EUR', ...body } })

describe('withdrawCash', () => {
  test('books the cash out of the till when there is enough', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { balance_cents: 1_000n })
    const { status, reply } = await bank.call(api.withdrawCash, cash(account_id), bank.teller, { key: aKey() })
    assert.equal(status, 202)
    assert.equal(reply.transaction_type, 'WITHDRAWAL')
    assert.equal(reply.source_account_id, account_id)
    await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(account_id), 600n)
    assert.equal(bank.ledger.balances.get('CASH'), 400n)
    assert.equal((await bank.published(events.transactionCompleted))[0]?.transaction_type, 'WITHDRAWAL')
  })

  test('fails with the code of the ledger when there is not enough, and nothing moves', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { balance_cents: 399n })
    const input = cash(account_id)
    const { reply } = await bank.call(api.withdrawCash, input, bank.teller, { key: aKey(), waitMs: 5_000 })
    assert.equal(reply.status, 'FAILED')
    assert.equal(reply.failure_code, 'INSUFFICIENT_FUNDS')
    assert.notEqual(reply.completed_at, null)
    assert.equal(bank.ledger.balances.get(account_id), 399n)
    assert.equal((await bank.published(events.transactionFailed))[0]?.code, 'INSUFFICIENT_FUNDS')
    assert.equal((await bank.published(events.transactionReleasing)).length, 0)
  })

  test('counts against the limits of the account: beyond them it fails as such', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { balance_cents: 1_000n })
    bank.ledger.limits.set(account_id, 399n)
    const { reply } = await bank.call(api.withdrawCash, cash(account_id), bank.teller, { key: aKey(), waitMs: 5_000 })
    assert.deepEqual([reply.status, reply.failure_code], ['FAILED', 'LIMIT_EXCEEDED'])
    assert.equal(bank.ledger.balances.get(account_id), 1_000n)
  })

  test('refuses by code and writes nothing', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { balance_cents: 1_000n })
    const refusals = [
      ['ACCOUNT_NOT_FOUND', cash(newId())],
      ['ACCOUNT_CLOSED', cash(bank.openAccount(owner, { status: 'CLOSED' }))],
      ['ACCOUNT_PENDING', cash(bank.openAccount(owner, { status: 'PENDING' }))],
      ['ACCOUNT_FROZEN', cash(bank.openAccount(owner, { status: 'FROZEN' }))],
      ['CURRENCY_MISMATCH', cash(account_id, { currency: 'USD' })],
      ['CURRENCY_UNKNOWN', cash(account_id, { currency: 'XXX' })],
    ] as const
    for (const [code, input] of refusals)
      await assert.rejects(bank.call(api.withdrawCash, input, bank.teller, { key: aKey() }), refusedWith(code))
    await assert.rejects(
      bank.call(api.withdrawCash, cash(account_id), owner, { key: aKey() }),
      refusedWith('FORBIDDEN'),
    )
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
  })

  test('the same key again pays out nothing more; another body is refused', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { balance_cents: 1_000n })
    const key = aKey()
    const first = await bank.call(api.withdrawCash, cash(account_id), bank.teller, { key, waitMs: 5_000 })
    const again = await bank.call(api.withdrawCash, cash(account_id), bank.teller, { key })
    assert.equal(again.reply.transaction_id, first.reply.transaction_id)
    assert.equal(again.reply.status, 'COMPLETED')
    const other = bank.call(api.withdrawCash, cash(account_id, { amount_cents: 1n }), bank.teller, { key })
    await assert.rejects(other, refusedWith('IDEMPOTENCY_KEY_REUSED'))
    assert.equal(bank.ledger.balances.get(account_id), 600n)
  })

  test('refuses a member of staff on an account that is their own as a customer', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { balance_cents: 100_000n })
    const clerk = { ...bank.teller, customer_id: owner.customer_id }
    const act = (caller: typeof clerk) => bank.call(api.withdrawCash, cash(account_id), caller, { key: aKey() })
    await assert.rejects(act(clerk), refusedWith('OWN_ACCOUNT'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
    await act({ ...clerk, customer_id: aCustomer().customer_id })
  })
})
