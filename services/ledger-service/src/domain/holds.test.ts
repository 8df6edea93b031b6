import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { after, books, commands, NOW, partsOf, TIME } from '../../testing/arbitrary-books.ts'
import type { AccountBalance, HoldRow } from '../tables.ts'
import { apply, type Books, type Command } from './core.ts'
import { captured, heldBy } from './holds.ts'
import { type Debited, debitedOn } from './limits.ts'

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const holds = (what: (before: Books, list: Command[]) => void): void =>
  fc.assert(fc.property(books, commands, what), { numRuns: 500 })

describe('holds and limits', () => {
  test('keeps held equal to what active holds have left', () =>
    holds((before, list) => {
      const { accounts, holds: rows } = after(before, apply(before, list, TIME))
      for (const { ledger_account_id, held_cents } of accounts.values()) {
        const active = [...rows.values()].filter(
          (hold) => hold.ledger_account_id === ledger_account_id && hold.status === 'ACTIVE',
        )
        assert.equal(
          held_cents,
          active.reduce((sum, hold) => sum + hold.amount_cents - hold.captured_cents, 0n),
        )
      }
    }))

  test('counts what is held and what is taken out as limited, gives back what was not taken, and nothing else', () =>
    holds((before, list) => {
      const applied = apply(before, list, TIME)
      const today = new Map([...before.accounts].map(([id, account]) => [id, debitedOn(account, TIME.business_date)]))
      const count = (id: string, cents: bigint, on = TIME.business_date): void => {
        const { debited_today_cents, debited_month_cents } = today.get(id) as Debited
        today.set(id, {
          debited_today_cents: debited_today_cents + (on === TIME.business_date ? cents : 0n),
          debited_month_cents: debited_month_cents + (on.slice(0, 7) === TIME.business_date.slice(0, 7) ? cents : 0n),
        })
      }
      const known = new Map([...before.holds].map(([id, hold]) => [id, countedBy(hold)]))
      applied.outcomes.forEach((outcome, i) => {
        const given = list[i] as Command
        const onHold = outcome.kind === 'booked' ? outcome.captured : outcome.kind === 'refused' ? null : outcome.hold
        if (onHold !== null) {
          const counted = countedBy(onHold)
          for (const date of new Set([...counted.keys(), ...(known.get(onHold.hold_id)?.keys() ?? [])]))
            count(
              onHold.ledger_account_id,
              (counted.get(date) ?? 0n) - (known.get(onHold.hold_id)?.get(date) ?? 0n),
              date,
            )
          known.set(onHold.hold_id, counted)
        }
        if (outcome.kind !== 'booked' || given.kind !== 'post' || !given.is_limited || given.hold_id !== null) return
        for (const { debit_account_id: id, amount_cents } of given.postings)
          if (before.accounts.get(id)?.normal_side === 'CREDIT') count(id, amount_cents)
      })
      for (const [id, account] of after(before, applied).accounts)
        assert.deepEqual(debitedOn(account, TIME.business_date), today.get(id))
    }))

  test('lets no more leave an account in a day and a month than its limits, whatever was given back in between', () =>
    holds((before, list) => {
      const applied = apply(before, list, TIME)
      for (const [id, account] of applied.accounts) {
        const was = debitedOn(before.accounts.get(id) as AccountBalance, TIME.business_date)
        const is = debitedOn(account, TIME.business_date)
        const { daily_limit_cents: daily, monthly_limit_cents: monthly } = account
        assert.ok(is.debited_today_cents >= 0n && is.debited_month_cents >= is.debited_today_cents)
        if (daily !== null) assert.ok(is.debited_today_cents <= max(daily, was.debited_today_cents))
        if (monthly !== null) assert.ok(is.debited_month_cents <= max(monthly, was.debited_month_cents))
      }
    }))

  test('takes no more out of a hold than it is for, and ends it when nothing is left', () =>
    holds((before, list) => {
      for (const hold of after(before, apply(before, list, TIME)).holds.values()) {
        assert.ok(hold.captured_cents <= hold.amount_cents)
        if (hold.status === 'ACTIVE') assert.ok(hold.captured_cents < hold.amount_cents)
        for (const { cents: part } of partsOf(hold)) assert.ok(part > 0n)
      }
    }))

  test('a hold of which the last unit is taken has ended, whether more was meant to come or not', () =>
    fc.assert(
      fc.property(books, fc.boolean(), (before, releases_rest) => {
        for (const hold of before.holds.values()) {
          const account = before.accounts.get(hold.ledger_account_id) as AccountBalance
          const taken_cents = heldBy(hold)
          if (taken_cents === 0n) continue
          const end = captured(account, hold, { taken_cents, releases_rest, business_date: TIME.business_date })
          assert.deepEqual([end.hold.status, end.hold.captured_cents], ['CAPTURED', hold.amount_cents])
          assert.equal(end.account.held_cents, account.held_cents - taken_cents)
        }
      }),
    ))

  test('refuses to capture a hold at the very moment it expires', () =>
    holds((before, list) => {
      apply(before, list, TIME).outcomes.forEach((outcome, i) => {
        const given = list[i]
        if (outcome.kind === 'booked' && given?.kind === 'post' && given.hold_id !== null) {
          const hold = before.holds.get(given.hold_id)
          if (hold !== undefined) assert.ok(hold.expires_at > NOW)
        }
      })
    }))
})

/** What a hold counts for on each day: all of it while it is active, else what was taken, of the oldest first. */
function countedBy(hold: HoldRow): Map<string, bigint> {
  let left = hold.status === 'ACTIVE' ? hold.amount_cents : hold.captured_cents
  const counted = new Map<string, bigint>()
  for (const { date, cents: part } of partsOf(hold)) {
    const share = part < left ? part : left
    left -= share
    counted.set(date, (counted.get(date) ?? 0n) + share)
  }
  return counted
}
