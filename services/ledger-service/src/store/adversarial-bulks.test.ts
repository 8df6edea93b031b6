import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { captureHold, incrementHold } from '#contracts/api/ledger-holds.ts'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import { newId } from '#libs/ids/ids.ts'
import { journalRows, tally, times } from '../../testing/adversaries.ts'
import { type LedgerTest, openLedgerTest, postBody, refusalOf, transactions } from '../../testing/ledger-test.ts'
import { bornAtYearsEnd, closeWith } from '../../testing/proposals.ts'

function increment(ledger: LedgerTest, hold_id: string, amount_cents: bigint): Promise<unknown> {
  const body = { transaction_id: newId(), step: 'increment', amount_cents }
  return ledger.call(incrementHold, { params: { hold_id }, body }, transactions)
}

function capture(
  ledger: LedgerTest,
  hold_id: string,
  from: string,
  cents: bigint,
  value_date?: string,
): Promise<unknown> {
  const body = { ...postBody(from, 'CASH', cents), ...(value_date === undefined ? {} : { value_date }) }
  return ledger.call(captureHold, { params: { hold_id }, body }, transactions)
}

describe('whoever holds and bulks', () => {
  test('increments of a hold, captures of it and transfers at once never promise more than there is', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 100n })
    const acts = times<unknown>(90, (i) => {
      if (i % 3 === 0) return increment(ledger, hold_id, 40n)
      if (i % 3 === 1) return ledger.post({ from: id, to: 'CASH', cents: 25n })
      return capture(ledger, hold_id, id, 15n)
    })
    const outcomes = await tally(acts)
    const { ledger_balance_cents, held_cents, available_balance_cents } = await ledger.account(id)
    assert.ok((outcomes.INSUFFICIENT_FUNDS ?? 0) > 0, 'there was money for everything')
    assert.ok(held_cents >= 0n && ledger_balance_cents >= held_cents)
    assert.equal(available_balance_cents, ledger_balance_cents - held_cents)
    await ledger.assertBooksAddUp()
  })

  test('a hold that ended takes no increment and no capture, in whatever order they come', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 100n })
    await Promise.all([ledger.releaseHold(hold_id), ...times(5, () => tally([increment(ledger, hold_id, 1n)]))])
    assert.equal(await refusalOf(increment(ledger, hold_id, 1n)), 'HOLD_NOT_ACTIVE')
    assert.equal(await refusalOf(capture(ledger, hold_id, id, 1n)), 'HOLD_NOT_ACTIVE')
    const { ledger_balance_cents, held_cents } = await ledger.account(id)
    assert.deepEqual([ledger_balance_cents, held_cents], [1_000n, 0n])
    await ledger.assertBooksAddUp()
  })

  test('an unknown account inside a bulk: atomic leaves nothing of a thousand, each leaves only that one out', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 5_000n }), await ledger.openAccount()]
    const bodies = Array.from({ length: 1_000 }, (_, i) => postBody(from, i === 777 ? newId() : to, 1n))
    const bulk = async (mode: 'atomic' | 'each') =>
      (await ledger.call(postInBulk, { body: { mode, transactions: bodies } }, transactions)).reply
    const before = await journalRows(ledger)
    const none = await bulk('atomic')
    assert.deepEqual([none.booked, none.first_refused], [0, 777])
    assert.equal(none.items[777]?.problem?.code, 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await journalRows(ledger), before)
    const most = await bulk('each')
    assert.deepEqual([most.booked, most.refused, most.first_refused], [999, 1, 777])
    assert.equal((await ledger.account(to)).ledger_balance_cents, 999n)
    await ledger.assertBooksAddUp()
  })

  test('atomic bulks over the same accounts in opposite orders never hang, and each is whole or not at all', async (t) => {
    const ledger = await openLedgerTest(t)
    const ids = await Promise.all(times(6, () => ledger.openAccount({ balance_cents: 300n })))
    const replies = await Promise.all(
      times(14, async (i) => {
        const round = Array.from({ length: 60 }, (_, n) => {
          const [a, b] = [ids[(n + i) % 6] as string, ids[(n * 5 + i + 1) % 6] as string]
          return a === b ? postBody(a, 'CASH', 9n) : postBody(a, b, 9n)
        })
        const body = { mode: 'atomic' as const, transactions: i % 2 === 0 ? round : round.toReversed() }
        return (await ledger.call(postInBulk, { body }, transactions)).reply
      }),
    )
    for (const { booked, refused } of replies)
      assert.ok((booked === 60 && refused === 0) || (booked === 0 && refused > 0))
    assert.ok(replies.some(({ booked }) => booked === 60))
    await ledger.assertBooksAddUp()
  })

  test('a bulk that names one step twice books it once, and one that is sent again while it runs is found', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    const body = postBody(from, to, 10n)
    const twice = { mode: 'each' as const, transactions: [body, body] }
    const replies = await Promise.all(times(10, () => ledger.call(postInBulk, { body: twice }, transactions)))
    const made = replies.flatMap(({ reply }) => reply.items.map((item) => item.ledger_transaction_id))
    assert.equal(new Set(made).size, 1)
    assert.equal((await ledger.account(to)).ledger_balance_cents, 10n)
    await ledger.assertBooksAddUp()
  })

  test('nobody books into a closed month by a bulk or a capture, nor as an adjustment that nobody approved', async (t) => {
    const ledger = await openLedgerTest(t)
    const { month, day: value_date, passNewYear } = await bornAtYearsEnd(ledger)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    await passNewYear()
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 100n })
    await closeWith(ledger, month)
    const bodies = ['post', 'adjustment', 'closing_eur_a'].map((step) => ({
      ...postBody(id, 'CASH', 1n),
      step,
      value_date,
    }))
    for (const mode of ['atomic', 'each'] as const) {
      const { reply } = await ledger.call(postInBulk, { body: { mode, transactions: bodies } }, transactions)
      assert.equal(reply.booked, 0)
      assert.equal(reply.items[0]?.problem?.code, 'PERIOD_CLOSED')
    }
    assert.equal(await refusalOf(capture(ledger, hold_id, id, 1n, value_date)), 'PERIOD_CLOSED')
    assert.equal((await ledger.account(id)).ledger_balance_cents, 1_000n)
    await ledger.assertBooksAddUp()
  })
})
