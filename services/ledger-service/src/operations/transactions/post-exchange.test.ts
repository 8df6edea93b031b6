import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getLedgerTransaction, postTransaction } from '#contracts/api/ledger.ts'
import { ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { type LedgerTest, openLedgerTest, postBody, refusalOf, transactions } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

type Body = ReturnType<typeof postBody>

const post = async (ledger: LedgerTest, body: Body) =>
  (await ledger.call(postTransaction, { body }, transactions)).reply

/** 100 dollars of an account become euros at the correspondent: SWIFT out. */
function swift(from: string, bought = 9_197n): Body {
  return {
    ...postBody(from, 'FX_POSITION', 10_000n),
    business_event: 'SWIFT_OUT',
    currency: 'USD',
    postings: [
      { debit: from, credit: '@position', amount_cents: 10_000n },
      { debit: '@position', credit: '@nostro', amount_cents: bought, currency: 'EUR' },
    ],
    exchange: { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' },
    metadata: { uetr: '97ed4827-7b6f-4491-a06f-b548d5a7512d', 'purpose.code': 'SUPP "x"' },
  }
}

describe('postTransaction in several currencies', () => {
  test('books both legs of an exchange with its rate; each currency balances and the positions stay visible', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 20_000n, currency: 'USD' })
    const booked = await post(ledger, swift(from))
    assert.deepEqual(
      booked.postings.map((posting) => [posting.amount_cents, posting.currency]),
      [
        [10_000n, 'USD'],
        [9_197n, 'EUR'],
      ],
    )
    const balance = async (code: string, currency: string) =>
      (await ledger.account(accountIdOf(code, currency))).ledger_balance_cents
    assert.deepEqual([await balance('FX_POSITION', 'USD'), await balance('FX_POSITION', 'EUR')], [-10_000n, 9_197n])
    assert.equal(await balance('NOSTRO', 'EUR'), -9_197n)
    const params = { ledger_transaction_id: booked.ledger_transaction_id }
    const { reply } = await ledger.call(getLedgerTransaction, { params }, transactions)
    assert.deepEqual(reply, booked)
    assert.deepEqual(booked.exchange, { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' })
    const event = (await ledger.published(ledgerTransactionPosted)).at(-1)
    assert.deepEqual([event?.exchange, event?.metadata], [booked.exchange, booked.metadata])
    assert.deepEqual(
      event?.postings.map((entry) => entry.currency),
      ['USD', 'USD', 'EUR', 'EUR'],
    )
    await ledger.assertBooksAddUp()
  })

  test('a reversal undoes both legs, and the positions are as before', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 10_000n, currency: 'USD' })
    const booked = await post(ledger, swift(from))
    const reversal = await ledger.reverse(booked.ledger_transaction_id)
    assert.deepEqual(
      reversal.postings.map((posting) => posting.currency),
      ['EUR', 'USD'],
    )
    assert.equal((await ledger.account(accountIdOf('FX_POSITION', 'EUR'))).ledger_balance_cents, 0n)
    assert.equal((await ledger.account(from)).ledger_balance_cents, 10_000n)
    await ledger.assertBooksAddUp()
  })

  test('refuses a minor unit beside the rate, a position without a rate, and a currency in an account of another', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 20_000n, currency: 'USD' })
    for (const bought of [9_196n, 9_198n])
      assert.equal(await refusalOf(post(ledger, swift(from, bought))), 'EXCHANGE_WRONG')
    const { exchange: _rate, ...without } = swift(from)
    assert.equal(await refusalOf(post(ledger, without)), 'EXCHANGE_WRONG')
    const named = postBody(from, accountIdOf('FX_POSITION', 'USD'), 1n)
    assert.equal(await refusalOf(post(ledger, { ...named, currency: 'USD' })), 'EXCHANGE_WRONG')
    const mixed = { ...postBody('CASH', from, 1n), currency: 'USD' }
    const [posting] = mixed.postings
    const inEuros = { ...mixed, postings: [{ ...(posting as Body['postings'][0]), currency: 'EUR' }] }
    assert.equal(await refusalOf(post(ledger, inEuros)), 'CURRENCY_MISMATCH')
    assert.equal((await ledger.account(from)).ledger_balance_cents, 20_000n)
    await ledger.assertBooksAddUp()
  })

  test('one posting in another currency than its transaction says so, in the journal too', async (t) => {
    const ledger = await openLedgerTest(t)
    const to = await ledger.openAccount({ currency: 'USD' })
    const body = postBody('CASH', to, 3n)
    const booked = await post(ledger, {
      ...body,
      postings: [{ ...(body.postings[0] as Body['postings'][0]), currency: 'USD' }],
    })
    assert.deepEqual([booked.currency, booked.postings[0]?.currency], ['EUR', 'USD'])
    const [row] =
      await ledger.sql`select currency, currencies from journal_transactions where transaction_id = ${body.transaction_id}`
    assert.deepEqual({ ...row }, { currency: 'EUR', currencies: ['USD'] })
    await ledger.assertBooksAddUp()
  })
})
