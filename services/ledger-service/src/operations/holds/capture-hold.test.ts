import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { captureHold } from '#contracts/api/ledger-holds.ts'
import { ledgerHoldCaptured, ledgerHoldReleased } from '#contracts/events/ledger.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type LedgerTest, openLedgerTest, postBody, refusalOf, transactions } from '../../../testing/ledger-test.ts'

type Body = InputOf<typeof captureHold>['body']

const capture = async (ledger: LedgerTest, hold_id: string, body: Body) =>
  (await ledger.call(captureHold, { params: { hold_id }, body }, transactions)).reply

async function withHold(ledger: LedgerTest, amount_cents = 100n) {
  const from = await ledger.openAccount({ balance_cents: 150n })
  const to = await ledger.openAccount()
  const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents })
  return { from, to, hold_id }
}

describe('captureHold', () => {
  test('takes part after part, keeps the rest held, and ends the hold with the last', async (t) => {
    const ledger = await openLedgerTest(t)
    const { from, to, hold_id } = await withHold(ledger)
    const first = await capture(ledger, hold_id, postBody(from, to, 30n))
    assert.deepEqual(
      [first.hold.status, first.hold.captured_cents, first.transaction.hold_id],
      ['ACTIVE', 30n, hold_id],
    )
    const account = await ledger.account(from)
    assert.deepEqual(
      [account.ledger_balance_cents, account.held_cents, account.available_balance_cents, account.debited_today_cents],
      [120n, 70n, 50n, 100n],
    )
    await ledger.assertBooksAddUp()
    assert.equal(await refusalOf(capture(ledger, hold_id, postBody(from, to, 71n))), 'HOLD_TOO_SMALL')
    const last = await capture(ledger, hold_id, postBody(from, to, 70n))
    assert.deepEqual([last.hold.status, last.hold.captured_cents], ['CAPTURED', 100n])
    assert.equal(await refusalOf(capture(ledger, hold_id, postBody(from, to, 1n))), 'HOLD_NOT_ACTIVE')
    assert.deepEqual(
      (await ledger.published(ledgerHoldCaptured)).map((event) => [
        event.amount_cents,
        event.captured_cents,
        event.is_final,
      ]),
      [
        [30n, 30n, false],
        [70n, 100n, true],
      ],
    )
    await ledger.assertBooksAddUp()
  })

  test('the final one releases the rest, which counts no longer', async (t) => {
    const ledger = await openLedgerTest(t)
    const { from, to, hold_id } = await withHold(ledger)
    await capture(ledger, hold_id, postBody(from, to, 30n))
    const { hold } = await capture(ledger, hold_id, { ...postBody(from, to, 20n), is_final: true })
    assert.deepEqual([hold.status, hold.captured_cents], ['CAPTURED', 50n])
    const account = await ledger.account(from)
    assert.deepEqual(
      [account.held_cents, account.available_balance_cents, account.debited_today_cents],
      [0n, 100n, 50n],
    )
    await ledger.assertBooksAddUp()
  })

  test('what is left is released, or expires, and that is what the event tells', async (t) => {
    const ledger = await openLedgerTest(t)
    const { from, to, hold_id } = await withHold(ledger)
    const other = await ledger.placeHold({ ledger_account_id: from, amount_cents: 50n, expires_in_s: 60 })
    await capture(ledger, hold_id, postBody(from, to, 30n))
    await capture(ledger, other.hold_id, postBody(from, to, 10n))
    await ledger.releaseHold(hold_id)
    ledger.clock.advance(61_000)
    await eventually(async () => (await ledger.account(from)).held_cents === 0n)
    assert.deepEqual(
      (await ledger.published(ledgerHoldReleased)).map((event) => [
        event.hold_id,
        event.amount_cents,
        event.reason_code,
      ]),
      [
        [hold_id, 70n, 'TEST'],
        [other.hold_id, 40n, 'EXPIRED'],
      ],
    )
    assert.equal((await ledger.account(from)).debited_today_cents, 40n)
    await ledger.assertBooksAddUp()
  })

  test('captures that race take no more than there is, and a repeated one is answered again', async (t) => {
    const ledger = await openLedgerTest(t)
    const { from, to, hold_id } = await withHold(ledger)
    const bodies = Array.from({ length: 20 }, () => postBody(from, to, 9n))
    const tries = await Promise.allSettled(bodies.map((body) => capture(ledger, hold_id, body)))
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 11)
    assert.equal((await ledger.account(to)).ledger_balance_cents, 99n)
    const body = bodies[tries.findIndex((one) => one.status === 'fulfilled')] as Body
    const { headers, reply } = await ledger.call(captureHold, { params: { hold_id }, body }, transactions)
    assert.equal(headers['idempotency-replayed'], 'true')
    assert.deepEqual([reply.hold.captured_cents, reply.transaction.transaction_id], [99n, body.transaction_id])
    const other = { ...body, description: 'another' }
    assert.equal(await refusalOf(capture(ledger, hold_id, other)), 'IDEMPOTENCY_KEY_REUSED')
    await ledger.assertBooksAddUp()
  })

  test('refuses a hold that is not there, that is on another account, that has expired, and everybody but services', async (t) => {
    const ledger = await openLedgerTest(t)
    const { from, to, hold_id } = await withHold(ledger)
    assert.equal(await refusalOf(capture(ledger, newId(), postBody(from, to, 1n))), 'HOLD_NOT_ACTIVE')
    assert.equal(await refusalOf(capture(ledger, hold_id, postBody('CASH', to, 1n))), 'HOLD_NOT_ACTIVE')
    const input = { params: { hold_id }, body: postBody(from, to, 1n) }
    assert.equal(await refusalOf(ledger.call(captureHold, input, aCustomer())), 'FORBIDDEN')
    ledger.clock.advance(3_600_000)
    assert.equal(await refusalOf(capture(ledger, hold_id, postBody(from, to, 1n))), 'HOLD_NOT_ACTIVE')
    await ledger.assertBooksAddUp()
  })
})
