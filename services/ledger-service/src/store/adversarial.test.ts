import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postTransaction, reverseTransaction } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { journalRows, tally, times } from '../../testing/adversaries.ts'
import { openLedgerTest, postBody, refusalOf, transactions } from '../../testing/ledger-test.ts'
import { bornAtYearsEnd, closeWith } from '../../testing/proposals.ts'

const MAX_CENTS = 9_007_199_254_740_991n

describe('whoever tries to take more than there is', () => {
  test('a transaction that 50 reverse at once under 50 steps is given back once, and a reversal not again', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const { ledger_transaction_id } = await ledger.post({ from: id, to: 'CASH', cents: 60n })
    const outcomes = await tally(times(50, () => ledger.reverse(ledger_transaction_id)))
    assert.deepEqual(outcomes, { booked: 1, ALREADY_REVERSED: 49 })
    assert.equal((await ledger.account(id)).ledger_balance_cents, 100n)
    const [link] = await ledger.sql<{ id: string }[]>`select reversal_id as id from reversals`
    assert.deepEqual(await tally(times(20, () => ledger.reverse(link?.id as string))), { REVERSAL_STANDS: 20 })
    assert.equal((await ledger.account(id)).ledger_balance_cents, 100n)
    await ledger.assertBooksAddUp()
  })

  test('one reversal that is asked for 100 times under one step is one', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const { ledger_transaction_id } = await ledger.post({ from: id, to: 'CASH', cents: 60n })
    const step = { transaction_id: newId(), step: 'reverse' }
    const replies = await Promise.all(times(100, () => ledger.reverse(ledger_transaction_id, step)))
    assert.equal(new Set(replies.map((reply) => reply.ledger_transaction_id)).size, 1)
    assert.equal((await ledger.account(id)).ledger_balance_cents, 100n)
  })

  test('30 partial captures of one hold at once take what it holds and not a cent more', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 100n })
    const outcomes = await tally(
      times(30, () => ledger.post({ from: id, to: 'CASH', cents: 7n, hold_id, releases_rest: false })),
    )
    assert.deepEqual(outcomes, { booked: 14, HOLD_TOO_SMALL: 16 })
    const account = await ledger.account(id)
    assert.deepEqual([account.ledger_balance_cents, account.held_cents], [902n, 2n])
    await ledger.assertBooksAddUp()
  })

  test('captures, a final capture and releases of one hold at once: one ends it, and the money adds up', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 500n })
    for (let round = 0; round < 5; round++) {
      const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 50n })
      const final = times(5, () => ledger.post({ from: id, to: 'CASH', cents: 40n, hold_id }))
      const released = times(5, () => ledger.releaseHold(hold_id))
      const outcomes = await tally(final)
      await Promise.all(released)
      assert.ok((outcomes.booked ?? 0) <= 1, 'a hold was captured twice')
      assert.equal((await ledger.account(id)).held_cents, 0n)
      await ledger.assertBooksAddUp()
    }
  })

  test('holds, transfers and holds on the same money at once never promise more than there is', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n, overdraft_limit_cents: 50n })
    const acts = times(120, async (i) =>
      i % 2 === 0
        ? ledger.placeHold({ ledger_account_id: id, amount_cents: 30n })
        : ledger.post({ from: id, to: 'CASH', cents: 30n }),
    )
    assert.deepEqual(await tally(acts), { booked: 35, INSUFFICIENT_FUNDS: 85 })
    const { available_balance_cents } = await ledger.account(id)
    assert.equal(available_balance_cents, 0n)
    await ledger.assertBooksAddUp()
  })
})

describe('whoever asks again', () => {
  test('the same key 1,000 times at once is booked once, and all hear the same', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const before = await journalRows(ledger)
    const body = postBody(id, 'CASH', 10n)
    const replies = await Promise.all(times(1_000, () => ledger.call(postTransaction, { body }, transactions)))
    assert.equal(new Set(replies.map(({ reply }) => reply.ledger_transaction_id)).size, 1)
    assert.equal((await journalRows(ledger)) - before, 1)
    assert.equal((await ledger.account(id)).ledger_balance_cents, 990n)
  })

  test('the same key with other contents, or as another command, is refused whenever it comes', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const body = postBody(id, 'CASH', 10n)
    const outcomes = await tally(
      times(40, (i) =>
        ledger.call(postTransaction, { body: i % 2 === 0 ? body : { ...body, reference: `R-${i}` } }, transactions),
      ),
    )
    assert.equal((outcomes.booked ?? 0) + (outcomes.IDEMPOTENCY_KEY_REUSED ?? 0), 40)
    assert.equal((await ledger.account(id)).ledger_balance_cents, 990n)
    const { transaction_id, step } = body
    const hold = ledger.placeHold({ ledger_account_id: id, amount_cents: 1n, transaction_id, step })
    assert.equal(await refusalOf(hold), 'IDEMPOTENCY_KEY_REUSED')
  })

  test('a refusal stays one under its key when the money has come', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    const body = postBody(id, 'CASH', 10n)
    const ask = () => refusalOf(ledger.call(postTransaction, { body }, transactions))
    assert.equal(await ask(), 'INSUFFICIENT_FUNDS')
    await ledger.post({ from: 'CASH', to: id, cents: 100n })
    assert.equal(await ask(), 'INSUFFICIENT_FUNDS')
    assert.equal((await ledger.account(id)).ledger_balance_cents, 100n)
  })

  test('who never heard the answer to a commit, or lost the connection behind it, asks again and hears the same', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const body = postBody(id, 'CASH', 10n)
    const { reply } = await ledger.call(postTransaction, { body }, transactions)
    await ledger.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'ledger-service'`
    const again = await eventually(() => ledger.call(postTransaction, { body }, transactions))
    assert.deepEqual(again.reply, reply)
    assert.equal((await ledger.account(id)).ledger_balance_cents, 990n)
    await ledger.assertBooksAddUp()
  })
})

describe('whoever sends what no ledger takes', () => {
  test('zero, negative, and more than any balance can be: refused, and nothing is written', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 5n })
    const before = await journalRows(ledger)
    for (const cents of [0n, -1n, -MAX_CENTS])
      assert.equal(await refusalOf(ledger.post({ from: 'CASH', to: id, cents })), 'VALIDATION_FAILED')
    assert.equal(await refusalOf(ledger.post({ from: 'CASH', to: id, cents: MAX_CENTS })), 'BALANCE_OUT_OF_RANGE')
    assert.equal(await refusalOf(ledger.post({ from: 'CASH', to: id, cents: MAX_CENTS - 4n })), 'BALANCE_OUT_OF_RANGE')
    for (const amount_cents of [0n, -1n])
      assert.equal(await refusalOf(ledger.placeHold({ ledger_account_id: id, amount_cents })), 'VALIDATION_FAILED')
    assert.equal(await journalRows(ledger), before)
    const { ledger_balance_cents, held_cents } = await ledger.account(id)
    assert.deepEqual([ledger_balance_cents, held_cents], [5n, 0n])
  })

  test('a balance goes up to the last unit that JSON holds, and not beyond', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    await ledger.post({ from: 'CASH', to: id, cents: MAX_CENTS })
    assert.equal(await refusalOf(ledger.post({ from: 'SUSPENSE', to: id, cents: 1n })), 'BALANCE_OUT_OF_RANGE')
    await ledger.post({ from: id, to: 'CASH', cents: MAX_CENTS })
    assert.equal((await ledger.account(id)).ledger_balance_cents, 0n)
    await ledger.assertBooksAddUp()
  })

  test('currencies do not mix, in a posting, a hold or a capture', async (t) => {
    const ledger = await openLedgerTest(t)
    const [euros, dollars] = [
      await ledger.openAccount({ balance_cents: 100n }),
      await ledger.openAccount({ balance_cents: 100n, currency: 'USD' }),
    ]
    const before = await journalRows(ledger)
    assert.equal(await refusalOf(ledger.post({ from: euros, to: dollars, cents: 1n })), 'CURRENCY_MISMATCH')
    assert.equal(await refusalOf(ledger.post({ from: dollars, to: 'CASH', cents: 1n })), 'CURRENCY_MISMATCH')
    const held = { ledger_account_id: dollars, amount_cents: 1n, currency: 'EUR' }
    assert.equal(await refusalOf(ledger.placeHold(held)), 'CURRENCY_MISMATCH')
    const { hold_id } = await ledger.placeHold({ ledger_account_id: dollars, amount_cents: 50n, currency: 'USD' })
    assert.equal(await refusalOf(ledger.post({ from: euros, to: 'CASH', cents: 1n, hold_id })), 'HOLD_NOT_ACTIVE')
    const mixed = [
      { debit: euros, credit: 'CASH', amount_cents: 1n },
      { debit: euros, credit: dollars, amount_cents: 1n, currency: 'USD' },
    ]
    assert.equal(await refusalOf(ledger.post({ postings: mixed })), 'CURRENCY_MISMATCH')
    assert.equal(await journalRows(ledger), before)
    await ledger.assertBooksAddUp()
  })

  test('one wrong posting among a hundred leaves nothing of the others', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const postings = Array.from({ length: 100 }, (_, i) => ({
      debit: id,
      credit: i === 99 ? newId() : 'CASH',
      amount_cents: 1n,
    }))
    assert.equal(await refusalOf(ledger.post({ postings })), 'LEDGER_ACCOUNT_NOT_FOUND')
    const { ledger_balance_cents, entry_count } = await ledger.account(id)
    assert.deepEqual([ledger_balance_cents, entry_count], [1_000n, 1])
  })
})

describe('whoever changes money or time', () => {
  test('an exchange fits its rate to the last unit, halves going to the even one, whatever the exponents', async (t) => {
    const ledger = await openLedgerTest(t)
    const accounts = new Map<string, string>()
    for (const currency of ['EUR', 'JPY', 'KWD', 'USD'])
      accounts.set(currency, await ledger.openAccount({ balance_cents: 1_000_000n, currency }))
    const exchange = (sell: bigint, buy: bigint, rate: string, [from, to]: [string, string]) =>
      ledger.post({
        currency: from,
        exchange: { sell_currency: from, buy_currency: to, rate },
        postings: [
          { debit: accounts.get(from) as string, credit: 'FX_POSITION', amount_cents: sell },
          { debit: 'FX_POSITION', credit: accounts.get(to) as string, amount_cents: buy, currency: to },
        ],
      })
    const fits = async (...of: Parameters<typeof exchange>) => {
      const [sell, buy, rate, pair] = of
      for (const wrong of [buy - 1n, buy + 1n])
        if (wrong > 0n) assert.equal(await refusalOf(exchange(sell, wrong, rate, pair)), 'EXCHANGE_WRONG')
      assert.equal((await exchange(...of)).exchange?.rate, rate)
    }
    await fits(1n, 1n, '1.4999', ['EUR', 'USD'])
    // 2.5 is 2 and 3.5 is 4.
    await fits(1n, 2n, '2.5', ['EUR', 'USD'])
    await fits(1n, 4n, '3.5', ['EUR', 'USD'])
    // €100.00 at 163.255 yen: no decimals there. 1 yen at 0.001885: three decimals there.
    await fits(10_000n, 16_326n, '163.255', ['EUR', 'JPY'])
    await fits(1n, 2n, '0.001885', ['JPY', 'KWD'])
    await fits(99_999n, 110_299n, '1.103001', ['EUR', 'USD'])
    await ledger.assertBooksAddUp()
  })

  test('nobody books into a closed month by its value date, however many try while it is being closed', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, day, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 100_000n })
    await passNewYear()
    let booked = 0
    let isOver = false
    const backdating = Promise.all(
      times(8, async () => {
        while (!isOver) {
          const code = await ledger.post({ from: id, to: 'CASH', cents: 1n, value_date: day }).then(
            () => 'booked',
            (error: unknown) => refusalOf(Promise.reject(error)),
          )
          if (code === 'booked') booked += 1
          else assert.equal(code, 'PERIOD_CLOSED')
        }
      }),
    )
    const period = await closeWith(ledger, month)
    isOver = true
    await backdating
    assert.ok(booked > 0, 'nobody booked while the month was open')
    const cash = period.currencies[0]?.lines.find((line) => line.gl_code === 'CASH')
    assert.equal(cash?.credits, String(booked), 'the month was closed without all that was booked into it')
    assert.equal(await refusalOf(ledger.post({ from: id, to: 'CASH', cents: 1n, value_date: day })), 'PERIOD_CLOSED')
    const input = { ...postBody(id, 'CASH', 1n), step: 'adjustment', value_date: day }
    assert.equal(await refusalOf(ledger.call(postTransaction, { body: input }, transactions)), 'PERIOD_CLOSED')
    await ledger.assertBooksAddUp()
  })

  test('a reversal is a posting like any other to the currencies and the sums', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const { ledger_transaction_id } = await ledger.post({ from: 'CASH', to: id, cents: 90n })
    await ledger.post({ from: id, to: 'CASH', cents: 50n })
    const params = { ledger_transaction_id }
    const body = { transaction_id: newId(), step: 'reverse', reason: 'a mistake' }
    const refused = refusalOf(ledger.call(reverseTransaction, { params, body }, transactions))
    assert.equal(await refused, 'INSUFFICIENT_FUNDS')
    assert.equal((await ledger.account(id)).ledger_balance_cents, 50n)
  })
})
