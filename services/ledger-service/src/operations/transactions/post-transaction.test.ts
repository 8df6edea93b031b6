import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getLedgerTransaction, postTransaction } from '#contracts/api/ledger.ts'
import { captureHold } from '#contracts/api/ledger-holds.ts'
import { proposeBooking } from '#contracts/api/ledger-proposals.ts'
import { postInBulk, previewTransaction } from '#contracts/api/ledger-transactions.ts'
import { ledgerHoldCaptured, ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openLedgerTest, postBody, refusalOf, transactions } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

describe('postTransaction', () => {
  test('an id in capital letters is the same, in whatever way a booking comes in', () => {
    const [from, to, hold_id] = [newId(), newId(), newId()]
    const small = { ...postBody(from, to, 1n), hold_id }
    const capitals = {
      ...small,
      transaction_id: small.transaction_id.toUpperCase(),
      hold_id: hold_id.toUpperCase(),
      postings: [{ debit: from.toUpperCase(), credit: to.toUpperCase(), amount_cents: 1n }],
    }
    const taken = (contract: Operation, of: (booking: object) => unknown) =>
      assert.deepEqual(contract.shapes.body.revive(structuredClone(of(capitals))), of(small), contract.id)
    taken(postTransaction, (booking) => booking)
    taken(previewTransaction, withoutStep)
    taken(captureHold, withoutHold)
    taken(postInBulk, (booking) => ({ mode: 'each', transactions: [booking] }))
    const proposed = (booking: object) => ({ kind: 'TRANSACTION', transaction: withoutHold(withoutStep(booking)) })
    taken(proposeBooking, proposed)
  })

  test('books a transfer: journal, two entries with running balances, both balances, and one event', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100_000n })
    const to = await ledger.openAccount()
    const booked = await ledger.post({
      from,
      to,
      cents: 25_000n,
      value_date: '2019-02-28',
      reference: 'O\'Neil, "{x}"\\',
    })
    assert.deepEqual(booked.postings, [
      { debit_account_id: from, credit_account_id: to, amount_cents: 25_000n, currency: 'EUR' },
    ])
    assert.equal(booked.value_date, '2019-02-28')
    const stored = await ledger.call(
      getLedgerTransaction,
      { params: { ledger_transaction_id: booked.ledger_transaction_id } },
      transactions,
    )
    assert.deepEqual(stored.reply, booked)
    const { ledger_balance_cents, available_balance_cents, entry_count } = await ledger.account(from)
    assert.deepEqual([ledger_balance_cents, available_balance_cents, entry_count], [75_000n, 75_000n, 2])
    assert.equal((await ledger.account(to)).ledger_balance_cents, 25_000n)
    const event = (await ledger.published(ledgerTransactionPosted)).at(-1)
    assert.deepEqual(event?.postings, [
      { account_id: from, sequence: 2, amount_cents: -25_000n, currency: 'EUR', balance_cents: 75_000n },
      { account_id: to, sequence: 1, amount_cents: 25_000n, currency: 'EUR', balance_cents: 25_000n },
    ])
    assert.equal(event?.account_id, from)
    await ledger.assertBooksAddUp()
  })

  test('resolves a code to the own account of the currency, made at its first use however many ask at once', async (t) => {
    const ledger = await openLedgerTest(t)
    const [eur, usd] = [await ledger.openAccount(), await ledger.openAccount({ currency: 'USD' })]
    await Promise.all([
      ...Array.from({ length: 20 }, () => ledger.post({ from: 'CASH', to: eur, cents: 5n })),
      ...Array.from({ length: 20 }, () =>
        ledger.post({ from: 'IMPORT_CLEARING', to: usd, cents: 7n, currency: 'USD' }),
      ),
    ])
    const cash = await ledger.account(accountIdOf('CASH', 'EUR'))
    assert.deepEqual([cash.gl_code, cash.normal_side, cash.ledger_balance_cents], ['CASH', 'DEBIT', 100n])
    assert.equal(cash.overdraft_limit_cents, null)
    assert.equal((await ledger.account(accountIdOf('IMPORT_CLEARING', 'USD'))).ledger_balance_cents, 140n)
    await ledger.assertBooksAddUp()
  })

  test('refuses by code and writes nothing of the refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const to = await ledger.openAccount()
    const dollars = await ledger.openAccount({ currency: 'USD' })
    const codes = await Promise.all([
      refusalOf(ledger.post({ from, to, cents: 101n })),
      refusalOf(ledger.post({ from, to: from, cents: 1n })),
      refusalOf(ledger.post({ from, to: dollars, cents: 1n })),
      refusalOf(ledger.post({ from, to: newId(), cents: 1n })),
      refusalOf(ledger.post({ from, to: 'CUSTOMER_DEPOSITS', cents: 1n })),
      refusalOf(ledger.post({ from: 'CASH', to, cents: 1n, currency: 'XXQ' })),
      refusalOf(ledger.post({ from, to, cents: 1n, currency: 'XXQ' })),
      refusalOf(ledger.post({ from, to, cents: 0n })),
      refusalOf(ledger.post({ from, to, cents: -5n })),
      refusalOf(ledger.post({ from: 'CASH', to, cents: 9_007_199_254_740_992n })),
    ])
    assert.deepEqual(codes, [
      'INSUFFICIENT_FUNDS',
      'SAME_ACCOUNT',
      'CURRENCY_MISMATCH',
      'LEDGER_ACCOUNT_NOT_FOUND',
      'LEDGER_ACCOUNT_NOT_FOUND',
      'LEDGER_ACCOUNT_NOT_FOUND',
      'CURRENCY_MISMATCH',
      'VALIDATION_FAILED',
      'VALIDATION_FAILED',
      'BALANCE_OUT_OF_RANGE',
    ])
    const [row] = await ledger.sql<{ booked: number }[]>`select count(*)::int as booked from journal_transactions`
    assert.equal(row?.booked, 1)
    await ledger.assertBooksAddUp()
  })

  test('books all postings or none, in their order', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b, c] = [
      await ledger.openAccount({ balance_cents: 10n }),
      await ledger.openAccount(),
      await ledger.openAccount(),
    ]
    const through = [
      { debit: a, credit: b, amount_cents: 10n },
      { debit: b, credit: c, amount_cents: 10n },
    ] as never
    assert.equal(
      await refusalOf(ledger.post({ postings: (through as unknown[]).toReversed() as never })),
      'INSUFFICIENT_FUNDS',
    )
    assert.equal((await ledger.account(a)).ledger_balance_cents, 10n)
    await ledger.post({ postings: through })
    assert.deepEqual([(await ledger.account(b)).entry_count, (await ledger.account(c)).ledger_balance_cents], [2, 10n])
    await ledger.assertBooksAddUp()
  })

  test('captures a hold in part, releases its rest, and says so', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const to = await ledger.openAccount()
    const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents: 100n })
    assert.equal(await refusalOf(ledger.post({ from, to, cents: 1n })), 'INSUFFICIENT_FUNDS')
    assert.equal(await refusalOf(ledger.post({ from, to, cents: 101n, hold_id })), 'HOLD_TOO_SMALL')
    assert.equal(await refusalOf(ledger.post({ from: 'CASH', to, cents: 1n, hold_id })), 'HOLD_NOT_ACTIVE')
    const booked = await ledger.post({ from, to, cents: 60n, hold_id })
    assert.equal(booked.hold_id, hold_id)
    const account = await ledger.account(from)
    assert.deepEqual(
      [account.ledger_balance_cents, account.held_cents, account.available_balance_cents],
      [40n, 0n, 40n],
    )
    assert.equal(await refusalOf(ledger.post({ from, to, cents: 1n, hold_id })), 'HOLD_NOT_ACTIVE')
    assert.deepEqual(await ledger.published(ledgerHoldCaptured), [
      {
        hold_id,
        account_id: from,
        amount_cents: 60n,
        ledger_transaction_id: booked.ledger_transaction_id,
        captured_cents: 60n,
        is_final: true,
      },
    ])
    await ledger.assertBooksAddUp()
  })

  test('refuses what a state forbids: frozen both ways, blocked one way, closed for good', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [
      await ledger.openAccount({ balance_cents: 100n }),
      await ledger.openAccount({ balance_cents: 100n }),
    ]
    const out = () => refusalOf(ledger.post({ from: a, to: b, cents: 1n }))
    const into = () => refusalOf(ledger.post({ from: b, to: a, cents: 1n }))
    await ledger.setState(a, 'FROZEN', 1)
    assert.deepEqual([await out(), await into()], ['ACCOUNT_BLOCKED', 'ACCOUNT_BLOCKED'])
    await ledger.setState(a, 'DEBIT_BLOCKED', 2)
    assert.equal(await out(), 'ACCOUNT_BLOCKED')
    await ledger.post({ from: b, to: a, cents: 1n })
    await ledger.setState(a, 'CREDIT_BLOCKED', 3)
    assert.equal(await into(), 'ACCOUNT_BLOCKED')
    await ledger.post({ from: a, to: b, cents: 101n })
    await ledger.setState(a, 'CLOSED', 4)
    assert.deepEqual([await out(), await into()], ['LEDGER_ACCOUNT_CLOSED', 'LEDGER_ACCOUNT_CLOSED'])
    await ledger.assertBooksAddUp()
  })

  test('the same step 50 times at once books once and answers all alike', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const to = await ledger.openAccount()
    const body = postBody(from, to, 10n)
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ledger.call(postTransaction, { body }, transactions)),
    )
    assert.equal(new Set(answers.map((answer) => answer.reply.ledger_transaction_id)).size, 1)
    assert.equal(answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true').length, 49)
    assert.equal((await ledger.account(from)).ledger_balance_cents, 90n)
    const later = await ledger.call(postTransaction, { body }, transactions)
    assert.deepEqual(later.reply, answers[0]?.reply)
    await ledger.assertBooksAddUp()
  })

  test('the same step with another body, or as another command, is refused; a refusal is repeated in its words', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 10n })
    const to = await ledger.openAccount()
    const body = postBody(from, to, 10n)
    const step = { transaction_id: body.transaction_id, step: body.step }
    const twins = await Promise.allSettled([
      ledger.call(postTransaction, { body }, transactions),
      ledger.call(postTransaction, { body: { ...body, description: 'other' } }, transactions),
    ])
    assert.deepEqual(twins.map((twin) => twin.status).sort(), ['fulfilled', 'rejected'])
    assert.equal(await refusalOf(ledger.post({ from, to, cents: 9n, ...step })), 'IDEMPOTENCY_KEY_REUSED')
    assert.equal(
      await refusalOf(ledger.placeHold({ ledger_account_id: from, amount_cents: 1n, ...step })),
      'IDEMPOTENCY_KEY_REUSED',
    )
    const poor = postBody(to, from, 1_000n)
    assert.equal(await refusalOf(ledger.call(postTransaction, { body: poor }, transactions)), 'INSUFFICIENT_FUNDS')
    await ledger.post({ from: 'CASH', to, cents: 5_000n })
    assert.equal(await refusalOf(ledger.call(postTransaction, { body: poor }, transactions)), 'INSUFFICIENT_FUNDS')
    await ledger.assertBooksAddUp()
  })

  test('a word that SQL could take for nothing is a word', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount()
    const booked = await ledger.post({
      from: 'CASH',
      to,
      cents: 1n,
      business_event: 'NULL',
      step: 'null',
      reference: 'NULL',
    })
    assert.deepEqual([booked.business_event, booked.reference], ['NULL', 'NULL'])
    await ledger.assertBooksAddUp()
  })

  test('nobody but transaction-service may post', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = postBody('CASH', newId(), 1n)
    assert.equal(await refusalOf(ledger.call(postTransaction, { body }, aCustomer())), 'FORBIDDEN')
  })
})

/** What is only proposed or looked at has no key. */
function withoutStep(booking: object): object {
  const { transaction_id: _id, step: _step, ...rest } = booking as Record<string, unknown>
  return rest
}

function withoutHold(booking: object): object {
  const { hold_id: _hold, ...rest } = booking as Record<string, unknown>
  return rest
}
