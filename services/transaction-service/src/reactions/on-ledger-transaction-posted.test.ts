import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank } from '../../testing/open-bank.ts'
import { refusedWith } from '../../testing/refused-with.ts'

const BOOKED = { value_date: '2025-01-31', booked_at: '2025-01-31T23:59:59.000Z', reference: 'INT-2025-01' }

/** The ledger says that a service had it book amounts on accounts. */
function booked(bank: Bank, business_event: string, amounts: Record<string, bigint>, about: object = {}, id?: string) {
  const postings = Object.entries(amounts).map(([account_id, amount_cents]) => ({
    ...{ account_id, sequence: 1, amount_cents, currency: 'EUR', balance_cents: 0n },
  }))
  const account_id = postings[0]?.account_id as string
  const data = { ledger_transaction_id: newId(), account_id, transaction_id: newId(), source: 'account-service' }
  const event = { ...data, business_event, postings, ...BOOKED, ...about }
  bank.receive(ledgerTransactionPosted, event, id)
  return event
}

describe('what other services have the ledger book', () => {
  test('is in the history of the customer as completed, once, whenever it was, and cannot be undone here', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const account_id = bank.openAccount(ann)
    const gl = newId()
    const event = booked(
      bank,
      'INTEREST',
      { [gl]: -12n, [account_id]: 12n },
      { transaction_id: '00000000-0000-4000-8000-000000000000' },
    )
    await eventually(async () => (await bank.sql`select 1 from transactions`).count === 1)
    const list = async () =>
      (await bank.call(api.listAccountTransactions, { params: { account_id }, query: {} }, ann)).reply.items
    const [interest] = await list()
    assert.equal(interest?.transaction_type, 'INTEREST')
    assert.deepEqual([interest?.status, interest?.amount_cents, interest?.source_account_id], ['COMPLETED', 12n, null])
    assert.deepEqual([interest?.value_date, interest?.booked_at], [BOOKED.value_date, BOOKED.booked_at])
    assert.equal(interest?.ledger_transaction_id, event.ledger_transaction_id)
    const [completed] = await bank.published(events.transactionCompleted)
    assert.deepEqual([completed?.transaction_type, completed?.account_id], ['INTEREST', account_id])
    booked(bank, 'INTEREST', { [gl]: -12n, [account_id]: 12n }, event)
    const marker = booked(bank, 'FEE', { [account_id]: -3n, [gl]: 3n })
    await eventually(async () => (await list()).length === 2)
    assert.deepEqual((await list()).map((one) => one.ledger_transaction_id).sort(), [
      ...[event.ledger_transaction_id, marker.ledger_transaction_id].sort(),
    ])
    assert.equal((await bank.sql`select 1 from unsettled_transactions`).count, 0)
    const reversal = { params: { transaction_id: interest?.transaction_id as string } }
    const body = { reason_code: 'BANK_ERROR' as const, reason: 'x' }
    await assert.rejects(
      bank.call(api.reverseCompletedTransaction, { ...reversal, body }, bank.operator, { key: aKey() }),
      refusedWith('NOT_REVERSIBLE'),
    )
  })

  test('what this service booked itself, what says not who did, and what moved only the bank’s own accounts adds nothing', async (t) => {
    const bank = await openBank(t)
    const [a, b] = [bank.openAccount(aCustomer()), bank.openAccount(aCustomer())]
    booked(bank, 'TRANSFER', { [a]: -5n, [b]: 5n }, { source: 'transaction-service' })
    booked(bank, 'TRANSFER', { [a]: -5n, [b]: 5n }, { source: undefined })
    booked(bank, 'INTEREST', { [newId()]: -5n, [newId()]: 5n })
    booked(bank, 'ACCOUNT_CLOSURE', { [a]: -90n, [b]: 90n })
    await eventually(async () => (await bank.sql`select 1 from transactions`).count === 1)
    const [row] = await bank.sql`select transaction_type, source_account_id, destination_account_id from transactions`
    assert.deepEqual({ ...row }, { transaction_type: 'TRANSFER', source_account_id: a, destination_account_id: b })
    assert.equal((await bank.sql`select 1 from projected_postings`).count, 1)
    assert.equal((await bank.sql`select 1 from transaction_search`).count, 2)
  })
})
