import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setLedgerAccountLimits } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import {
  accounts,
  type LedgerTest,
  openLedgerTest,
  passDays,
  refusalOf,
  transactions,
} from '../../../testing/ledger-test.ts'

const limit = (ledger: LedgerTest, id: string, daily: bigint | null, monthly: bigint | null, version = 1) =>
  ledger.call(
    setLedgerAccountLimits,
    { params: { ledger_account_id: id }, body: { daily_limit_cents: daily, monthly_limit_cents: monthly, version } },
    accounts,
  )

/** A customer takes cash: a posting without a hold that counts. */
const takeCash = (ledger: LedgerTest, id: string, cents: bigint) =>
  ledger.post({ from: id, to: 'CASH', cents, is_limited: true })

/** To the second of a month, so that a day passes without a month. */
async function earlyInAMonth(ledger: LedgerTest): Promise<void> {
  const now = ledger.clock.bank.now()
  ledger.clock.advance(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2, 12) - now.getTime())
  await passDays(ledger, 0)
}

describe('setLedgerAccountLimits', () => {
  test('what is held or taken as cash counts for the day and the month; the refusal says which is met and what is left', async (t) => {
    const ledger = await openLedgerTest(t)
    await earlyInAMonth(ledger)
    const id = await ledger.openAccount({ balance_cents: 10_000n })
    await limit(ledger, id, 100n, 150n)
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 60n, expires_in_s: 5_000_000 })
    await takeCash(ledger, id, 30n)
    const over = await takeCash(ledger, id, 11n).then(
      () => assert.fail('it was not refused'),
      (error: unknown) => error,
    )
    assert.ok(over instanceof Problem)
    assert.deepEqual(
      [over.kind.code, over.options.extra?.limit, over.options.extra?.left_cents],
      ['LIMIT_EXCEEDED', 'daily', 10n],
    )
    assert.equal(await refusalOf(ledger.placeHold({ ledger_account_id: id, amount_cents: 11n })), 'LIMIT_EXCEEDED')
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 10n, expires_in_s: 5_000_000 })
    await passDays(ledger, 1)
    const next = await ledger.account(id)
    assert.deepEqual([next.debited_today_cents, next.debited_month_cents], [0n, 100n])
    await takeCash(ledger, id, 50n)
    assert.equal(await refusalOf(takeCash(ledger, id, 1n)), 'LIMIT_EXCEEDED')
    await ledger.assertBooksAddUp()
    await passDays(ledger, 31)
    await takeCash(ledger, id, 100n)
    await ledger.assertBooksAddUp()
  })

  test('gives back what was not taken, to the day and the month while they last; a capture does not count again', async (t) => {
    const ledger = await openLedgerTest(t)
    await earlyInAMonth(ledger)
    const id = await ledger.openAccount({ balance_cents: 10_000n })
    await limit(ledger, id, 1_000n, 1_000n)
    const debited = async () => {
      const { debited_today_cents, debited_month_cents } = await ledger.account(id)
      return [debited_today_cents, debited_month_cents]
    }
    const [released, captured, late, expiring] = await Promise.all(
      [1n, 10n, 100n, 500n].map((amount_cents) =>
        ledger.placeHold({ ledger_account_id: id, amount_cents, expires_in_s: 90_000 }),
      ),
    )
    assert.deepEqual(await debited(), [611n, 611n])
    await ledger.releaseHold((released as { hold_id: string }).hold_id)
    const { hold_id } = captured as { hold_id: string }
    await ledger.post({ from: id, to: 'CASH', cents: 7n, hold_id, is_limited: true })
    assert.deepEqual(await debited(), [607n, 607n])
    await ledger.reverse((await takeCash(ledger, id, 3n)).ledger_transaction_id)
    assert.deepEqual(await debited(), [610n, 610n], 'a reversal neither counts nor gives back')
    await passDays(ledger, 1)
    await ledger.releaseHold((late as { hold_id: string }).hold_id)
    assert.deepEqual(await debited(), [0n, 510n])
    assert.ok(expiring)
    await passDays(ledger, 1)
    await eventually(async () => assert.deepEqual(await debited(), [0n, 10n]))
    await ledger.assertBooksAddUp()
  })

  test('an older version changes nothing, null lifts a limit, and what is not limited passes', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n })
    await limit(ledger, id, 0n, 0n, 2)
    const { reply } = await limit(ledger, id, 50n, null, 1)
    assert.deepEqual([reply.daily_limit_cents, reply.monthly_limit_cents], [0n, 0n])
    assert.equal(await refusalOf(takeCash(ledger, id, 1n)), 'LIMIT_EXCEEDED')
    await ledger.post({ from: id, to: 'CASH', cents: 1n })
    await limit(ledger, id, null, null, 3)
    await takeCash(ledger, id, 1n)
  })

  test('refuses what is not there, closed or below zero, and callers other than account-service', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount()
    assert.equal(await refusalOf(limit(ledger, newId(), 1n, 1n)), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(limit(ledger, id, -1n, null)), 'VALIDATION_FAILED')
    await ledger.setState(id, 'CLOSED', 1)
    assert.equal(await refusalOf(limit(ledger, id, 1n, null)), 'LEDGER_ACCOUNT_CLOSED')
    const input = {
      params: { ledger_account_id: id },
      body: { daily_limit_cents: 1n, monthly_limit_cents: 1n, version: 9 },
    }
    assert.equal(await refusalOf(ledger.call(setLedgerAccountLimits, input, transactions)), 'FORBIDDEN')
    assert.equal(await refusalOf(ledger.call(setLedgerAccountLimits, input, aStaffMember('admin'))), 'FORBIDDEN')
  })

  test('as many of 100 holds at once are placed as the limit lets through', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 10_000n })
    await limit(ledger, id, 105n, null)
    const tries = await Promise.allSettled(
      Array.from({ length: 100 }, () => ledger.placeHold({ ledger_account_id: id, amount_cents: 10n })),
    )
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 10)
    await ledger.assertBooksAddUp()
  })
})
