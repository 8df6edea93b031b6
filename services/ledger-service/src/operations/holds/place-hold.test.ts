import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeHold } from '#contracts/api/ledger.ts'
import { ledgerHoldPlaced } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('placeHold', () => {
  test('reserves an amount: available falls, the balance stays, and the event says so', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 20n })
    const hold = await ledger.placeHold({ ledger_account_id: id, amount_cents: 110n, expires_in_s: 60 })
    assert.equal(Date.parse(hold.expires_at) - Date.parse(hold.placed_at), 60_000)
    assert.deepEqual(placeHold.shapes.reply.errorsInside(hold), [])
    const account = await ledger.account(id)
    assert.deepEqual(
      [account.ledger_balance_cents, account.held_cents, account.available_balance_cents],
      [100n, 110n, 10n],
    )
    assert.deepEqual(await ledger.published(ledgerHoldPlaced), [
      { hold_id: hold.hold_id, account_id: id, amount_cents: 110n, currency: 'EUR', expires_at: hold.expires_at },
    ])
    await ledger.assertBooksAddUp()
  })

  test('200 concurrent holds never overdraw: as many are placed as there is money for', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1_005n })
    const tries = await Promise.allSettled(
      Array.from({ length: 200 }, () => ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })),
    )
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 100)
    const account = await ledger.account(id)
    assert.deepEqual([account.held_cents, account.available_balance_cents], [1_000n, 5n])
    await ledger.assertBooksAddUp()
  })

  test('refuses by code, and the same step answers the same hold', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10n })
    const place = (given: object) => refusalOf(ledger.placeHold({ ledger_account_id: id, amount_cents: 1n, ...given }))
    assert.equal(await place({ amount_cents: 11n }), 'INSUFFICIENT_FUNDS')
    assert.equal(await place({ amount_cents: 0n }), 'VALIDATION_FAILED')
    assert.equal(await place({ currency: 'USD' }), 'CURRENCY_MISMATCH')
    assert.equal(await place({ ledger_account_id: newId() }), 'LEDGER_ACCOUNT_NOT_FOUND')
    const step = { transaction_id: newId(), step: 'hold' }
    const given = { ledger_account_id: id, amount_cents: 10n, ...step }
    const [first, second] = await Promise.all([ledger.placeHold(given), ledger.placeHold(given)])
    assert.equal(first.hold_id, second.hold_id)
    await ledger.releaseHold(first.hold_id)
    await ledger.setState(id, 'FROZEN', 1)
    assert.equal(await place({}), 'ACCOUNT_BLOCKED')
    await ledger.setState(id, 'CREDIT_BLOCKED', 2)
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 1n })
    await ledger.assertBooksAddUp()
  })
})
