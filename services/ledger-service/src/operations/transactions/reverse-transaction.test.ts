import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getLedgerTransaction } from '#contracts/api/ledger.ts'
import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { openLedgerTest, refusalOf, transactions } from '../../../testing/ledger-test.ts'

describe('reverseTransaction', () => {
  test('books the opposite with the same value date, and links both ways', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    const booked = await ledger.post({ from: a, to: b, cents: 30n, value_date: '2021-05-05' })
    const reversal = await ledger.reverse(booked.ledger_transaction_id)
    assert.deepEqual(reversal.postings, [
      { debit_account_id: b, credit_account_id: a, amount_cents: 30n, currency: 'EUR' },
    ])
    assert.deepEqual(
      [reversal.business_event, reversal.value_date, reversal.reversal_of, reversal.description],
      ['REVERSAL', '2021-05-05', booked.ledger_transaction_id, 'booked by mistake'],
    )
    const params = { ledger_transaction_id: booked.ledger_transaction_id }
    const { reply: original } = await ledger.call(getLedgerTransaction, { params }, transactions)
    assert.ok('reversed_by' in original)
    assert.equal(original.reversed_by, reversal.ledger_transaction_id)
    assert.deepEqual(
      [(await ledger.account(a)).ledger_balance_cents, (await ledger.account(b)).ledger_balance_cents],
      [100n, 0n],
    )
    assert.equal((await ledger.published(ledgerTransactionPosted)).at(-1)?.business_event, 'REVERSAL')
    await ledger.assertBooksAddUp()
  })

  test('reverses once, however many ask at once under steps of their own', async (t) => {
    const ledger = await openLedgerTest(t)
    const a = await ledger.openAccount({ balance_cents: 100n })
    const { ledger_transaction_id } = await ledger.post({ from: a, to: 'CASH', cents: 30n })
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => ledger.reverse(ledger_transaction_id)))
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 1)
    assert.equal(await refusalOf(ledger.reverse(ledger_transaction_id)), 'ALREADY_REVERSED')
    const [link] = await ledger.sql<{ id: string }[]>`select reversal_id as id from reversals`
    assert.equal(await refusalOf(ledger.reverse(link?.id as string)), 'REVERSAL_STANDS')
    assert.equal((await ledger.account(a)).ledger_balance_cents, 100n)
    const step = { transaction_id: newId(), step: 'undo' }
    const { ledger_transaction_id: other } = await ledger.post({ from: a, to: 'CASH', cents: 1n })
    assert.deepEqual(await ledger.reverse(other, step), await ledger.reverse(other, step))
    await ledger.assertBooksAddUp()
  })

  test('refuses what was never booked, what would overdraw, and closed accounts; a block does not stop it', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    assert.equal(await refusalOf(ledger.reverse(newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
    const { ledger_transaction_id } = await ledger.post({ from: a, to: b, cents: 30n })
    const back = await ledger.post({ from: b, to: a, cents: 30n })
    assert.equal(await refusalOf(ledger.reverse(ledger_transaction_id)), 'INSUFFICIENT_FUNDS')
    await ledger.setState(a, 'FROZEN', 1)
    await ledger.reverse(back.ledger_transaction_id)
    await ledger.post({ from: b, to: 'CASH', cents: 30n })
    await ledger.setState(b, 'CLOSED', 1)
    assert.equal(await refusalOf(ledger.reverse(ledger_transaction_id)), 'LEDGER_ACCOUNT_CLOSED')
    await ledger.assertBooksAddUp()
  })
})
