import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openBank } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

const cash = (account_id: string, body = {}) => ({
  body: { account_id, amount_cents: 100_000n, currency: 'EUR', ...body },
})

describe('depositCash', () => {
  test('books the cash against the till, with rows, stream and events', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer())
    const { status, reply, headers } = await bank.call(api.depositCash, cash(account_id), bank.teller, { key: aKey() })
    assert.equal(status, 202)
    assert.equal(reply.transaction_type, 'DEPOSIT')
    assert.equal(reply.status, 'PROCESSING')
    assert.equal(headers.location, `/api/v1/transactions/${reply.transaction_id}`)
    await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(account_id), 100_000n)
    assert.equal(bank.ledger.balances.get('CASH'), -100_000n)
    assert.equal(bank.ledger.holds.size, 0)
    const stream = await bank.sql`select event_type from transaction_events order by sequence`
    assert.deepEqual(
      stream.map(({ event_type }) => event_type),
      ['transaction.initiated', 'transaction.processing', 'transaction.processed', 'transaction.completed'],
    )
    const [initiated] = await bank.published(events.transactionInitiated)
    assert.equal(initiated?.transaction_type, 'DEPOSIT')
    assert.equal(initiated?.account_id, account_id)
    assert.equal(initiated?.related_account_id, null)
    assert.equal((await bank.published(events.transactionCompleted)).length, 1)
  })

  test('refuses by code and writes nothing; a frozen account may be paid to', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner)
    const closed = bank.openAccount(owner, { status: 'CLOSED' })
    const refusals = [
      ['ACCOUNT_NOT_FOUND', cash(newId())],
      ['ACCOUNT_CLOSED', cash(closed)],
      ['ACCOUNT_PENDING', cash(bank.openAccount(owner, { status: 'PENDING' }))],
      ['CURRENCY_MISMATCH', cash(account_id, { currency: 'USD' })],
      ['CURRENCY_UNKNOWN', cash(account_id, { currency: 'XXX' })],
    ] as const
    for (const [code, input] of refusals)
      await assert.rejects(bank.call(api.depositCash, input, bank.teller, { key: aKey() }), refusedWith(code))
    await assert.rejects(bank.call(api.depositCash, cash(account_id), owner, { key: aKey() }), refusedWith('FORBIDDEN'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
    const frozen = bank.openAccount(owner, { status: 'FROZEN' })
    const { reply } = await bank.call(api.depositCash, cash(frozen), bank.teller, { key: aKey() })
    await bank.reaches(reply.transaction_id, 'COMPLETED')
  })

  test('the same key again deposits nothing more; another body is refused', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer())
    const key = aKey()
    const twenty = Array.from({ length: 20 }, () => bank.call(api.depositCash, cash(account_id), bank.teller, { key }))
    const ids = (await Promise.all(twenty)).map(({ reply }) => reply.transaction_id)
    assert.equal(new Set(ids).size, 1)
    await bank.reaches(ids[0]!, 'COMPLETED')
    const other = bank.call(api.depositCash, cash(account_id, { amount_cents: 1n }), bank.teller, { key })
    await assert.rejects(other, refusedWith('IDEMPOTENCY_KEY_REUSED'))
    assert.equal(bank.ledger.balances.get(account_id), 100_000n)
  })

  test('refuses a member of staff on an account that is their own as a customer', async (t) => {
    const bank = await openBank(t)
    const owner = aCustomer()
    const account_id = bank.openAccount(owner, { balance_cents: 100_000n })
    const clerk = { ...bank.teller, customer_id: owner.customer_id }
    const act = (caller: typeof clerk) => bank.call(api.depositCash, cash(account_id), caller, { key: aKey() })
    await assert.rejects(act(clerk), refusedWith('OWN_ACCOUNT'))
    assert.equal((await bank.sql`select 1 from transactions`).count, 0)
    await act({ ...clerk, customer_id: aCustomer().customer_id })
  })
})
