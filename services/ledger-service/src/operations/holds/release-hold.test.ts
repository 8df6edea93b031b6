import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('releaseHold', () => {
  test('gives the amount back once; releasing again changes nothing and publishes nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n })
    const answers = await Promise.all(Array.from({ length: 20 }, () => ledger.releaseHold(hold_id)))
    assert.deepEqual(new Set(answers.map((hold) => hold.status)), new Set(['RELEASED']))
    assert.equal((await ledger.account(id)).available_balance_cents, 100n)
    assert.deepEqual(await ledger.published(ledgerHoldReleased), [
      { hold_id, account_id: id, amount_cents: 40n, reason_code: 'TEST' },
    ])
    await ledger.assertBooksAddUp()
  })

  test('shows how a hold ended that was captured, and refuses one that never was', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n })
    await ledger.post({ from: id, to: 'CASH', cents: 40n, hold_id })
    const { status, captured_cents } = await ledger.releaseHold(hold_id)
    assert.deepEqual([status, captured_cents], ['CAPTURED', 40n])
    assert.equal(await refusalOf(ledger.releaseHold(newId())), 'HOLD_NOT_FOUND')
    await ledger.assertBooksAddUp()
  })

  test('the same step answers the same, and for another hold it is refused', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    const one = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n })
    const two = await ledger.placeHold({ ledger_account_id: id, amount_cents: 40n })
    const step = { transaction_id: newId(), step: 'release' }
    const first = await ledger.releaseHold(one.hold_id, step)
    assert.deepEqual(await ledger.releaseHold(one.hold_id, step), first)
    assert.equal(await refusalOf(ledger.releaseHold(two.hold_id, step)), 'IDEMPOTENCY_KEY_REUSED')
    const twins = { transaction_id: newId(), step: 'release' }
    const third = await ledger.placeHold({ ledger_account_id: id, amount_cents: 1n })
    const both = await Promise.allSettled([
      ledger.releaseHold(two.hold_id, twins),
      ledger.releaseHold(third.hold_id, twins),
    ])
    assert.deepEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected'])
    await ledger.assertBooksAddUp()
  })

  test('a hold that is captured and released at once ends one way only', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_000n })
    const holds = await Promise.all(
      Array.from({ length: 20 }, () => ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })),
    )
    const races = await Promise.all(
      holds.map(({ hold_id }) =>
        Promise.allSettled([ledger.post({ from: id, to: 'CASH', cents: 10n, hold_id }), ledger.releaseHold(hold_id)]),
      ),
    )
    const captured = races.filter(([posted]) => posted.status === 'fulfilled').length
    assert.equal((await ledger.account(id)).ledger_balance_cents, 1_000n - 10n * BigInt(captured))
    assert.equal((await ledger.account(id)).held_cents, 0n)
    await ledger.assertBooksAddUp()
  })
})
