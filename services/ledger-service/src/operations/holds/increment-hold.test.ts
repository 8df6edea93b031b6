import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLedgerAccountLimits } from '#contracts/api/ledger.ts'
import { incrementHold } from '#contracts/api/ledger-holds.ts'
import { ledgerHoldIncreased } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import {
  accounts,
  type LedgerTest,
  openLedgerTest,
  passDays,
  refusalOf,
  transactions,
} from '../../../testing/ledger-test.ts'

const increment = async (
  ledger: LedgerTest,
  hold_id: string,
  amount_cents: bigint,
  more: { expires_in_s?: number; transaction_id?: string } = {},
) => {
  const body = { transaction_id: newId(), step: 'increment', amount_cents, ...more }
  return (await ledger.call(incrementHold, { params: { hold_id }, body }, transactions)).reply
}

describe('incrementHold', () => {
  test('reserves more and longer, tells it, and refuses what the account has not', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const placed = await ledger.placeHold({ ledger_account_id: from, amount_cents: 60n, expires_in_s: 60 })
    const { hold_id } = placed
    const more = await increment(ledger, hold_id, 30n, { expires_in_s: 7_200 })
    assert.equal(more.amount_cents, 90n)
    assert.ok(more.expires_at > placed.expires_at)
    assert.equal((await increment(ledger, hold_id, 5n, { expires_in_s: 1 })).expires_at, more.expires_at)
    assert.equal(await refusalOf(increment(ledger, hold_id, 6n)), 'INSUFFICIENT_FUNDS')
    const account = await ledger.account(from)
    assert.deepEqual([account.held_cents, account.available_balance_cents, account.debited_today_cents], [95n, 5n, 95n])
    assert.deepEqual(
      (await ledger.published(ledgerHoldIncreased)).map((event) => [
        event.hold_id,
        event.account_id,
        event.amount_cents,
      ]),
      [
        [hold_id, from, 30n],
        [hold_id, from, 5n],
      ],
    )
    await ledger.assertBooksAddUp()
  })

  test('is done once for a step, however often it is asked', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents: 10n })
    const transaction_id = newId()
    await Promise.all(Array.from({ length: 10 }, () => increment(ledger, hold_id, 20n, { transaction_id })))
    assert.equal((await ledger.account(from)).held_cents, 30n)
    assert.equal(await refusalOf(increment(ledger, hold_id, 21n, { transaction_id })), 'IDEMPOTENCY_KEY_REUSED')
    await ledger.assertBooksAddUp()
  })

  test('counts on its own day, and what is given back goes back to the day that it counted on', async (t) => {
    const ledger = await openLedgerTest(t)
    const now = ledger.clock.bank.now()
    ledger.clock.advance(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2, 12) - now.getTime())
    await passDays(ledger, 0)
    const from = await ledger.openAccount({ balance_cents: 1_000n })
    const to = await ledger.openAccount()
    const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents: 100n, expires_in_s: 500_000 })
    await passDays(ledger, 1)
    await increment(ledger, hold_id, 40n)
    await increment(ledger, hold_id, 10n)
    const counted = async () => {
      const { debited_today_cents, debited_month_cents } = await ledger.account(from)
      return [debited_today_cents, debited_month_cents]
    }
    assert.deepEqual(await counted(), [50n, 150n])
    await ledger.assertBooksAddUp()
    // 120 are taken: all of the first day's, and 20 of the second's; 30 go back to the second.
    await ledger.post({ from, to, cents: 120n, hold_id })
    assert.deepEqual(await counted(), [20n, 120n])
    await ledger.assertBooksAddUp()
  })

  test('refuses more than a limit leaves, a hold that ended, and people', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const limits = { daily_limit_cents: 50n, monthly_limit_cents: null, version: 1 }
    await ledger.call(setLedgerAccountLimits, { params: { ledger_account_id: from }, body: limits }, accounts)
    const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents: 40n })
    assert.equal(await refusalOf(increment(ledger, hold_id, 11n)), 'LIMIT_EXCEEDED')
    await ledger.setState(from, 'DEBIT_BLOCKED', 1)
    assert.equal(await refusalOf(increment(ledger, hold_id, 1n)), 'ACCOUNT_BLOCKED')
    await ledger.setState(from, 'OPEN', 2)
    await ledger.releaseHold(hold_id)
    assert.equal(await refusalOf(increment(ledger, hold_id, 1n)), 'HOLD_NOT_ACTIVE')
    assert.equal(await refusalOf(increment(ledger, newId(), 1n)), 'HOLD_NOT_ACTIVE')
    const body = { transaction_id: newId(), step: 'increment', amount_cents: 1n }
    const asked = ledger.call(incrementHold, { params: { hold_id }, body }, aStaffMember('operator'))
    assert.equal(await refusalOf(asked), 'FORBIDDEN')
    await ledger.assertBooksAddUp()
  })
})
