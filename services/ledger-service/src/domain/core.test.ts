import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { books, cents, commands, NOW, name, TIME } from '../../testing/arbitrary-books.ts'
import type { AccountBalance } from '../tables.ts'
import { type Applied, apply, type Books, type Command } from './core.ts'
import { type Debited, debitedOn } from './limits.ts'

/** The books after what was applied. */
function after(before: Books, applied: Applied): Books {
  return {
    accounts: new Map([...before.accounts, ...applied.accounts]),
    holds: new Map([...before.holds, ...applied.holds]),
    transactions: before.transactions,
  }
}

function totals({ accounts }: Books): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { currency, normal_side, ledger_balance_cents } of accounts.values()) {
    sums[currency] = (sums[currency] ?? 0n) + (normal_side === 'DEBIT' ? ledger_balance_cents : -ledger_balance_cents)
  }
  return sums
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const holds = (what: (before: Books, list: Command[]) => void): void =>
  fc.assert(fc.property(books, commands, what), { numRuns: 500 })

describe('apply', () => {
  test('conserves money in every currency', () =>
    holds((before, list) => assert.deepEqual(totals(after(before, apply(before, list, TIME))), totals(before))))

  test('takes no account under its floor, in any entry, and holds stay covered', () =>
    holds((before, list) => {
      const applied = apply(before, list, TIME)
      for (const account of after(before, applied).accounts.values()) {
        const { overdraft_limit_cents: overdraft, ledger_balance_cents: balance, held_cents } = account
        if (overdraft !== null) assert.ok(balance - held_cents + overdraft >= 0n)
        assert.ok(held_cents >= 0n)
      }
      for (const outcome of applied.outcomes) {
        if (outcome.kind !== 'booked') continue
        for (const entry of outcome.entries) {
          const overdraft = before.accounts.get(entry.ledger_account_id)?.overdraft_limit_cents ?? null
          if (overdraft !== null) assert.ok(entry.balance_cents + overdraft >= 0n)
        }
      }
    }))

  test('keeps held equal to the sum of active holds', () =>
    holds((before, list) => {
      const { accounts, holds: rows } = after(before, apply(before, list, TIME))
      for (const { ledger_account_id, held_cents } of accounts.values()) {
        const active = [...rows.values()].filter(
          (hold) => hold.ledger_account_id === ledger_account_id && hold.status === 'ACTIVE',
        )
        assert.equal(
          held_cents,
          active.reduce((sum, hold) => sum + hold.amount_cents, 0n),
        )
      }
    }))

  test('numbers the entries of an account without a hole, each with the balance after it', () =>
    holds((before, list) => {
      const applied = apply(before, list, TIME)
      const last = new Map([...before.accounts].map(([id, account]) => [id, account]))
      for (const outcome of applied.outcomes) {
        if (outcome.kind !== 'booked') continue
        assert.equal(outcome.entries.length, 2 * outcome.postings.length)
        for (const entry of outcome.entries) {
          const account = last.get(entry.ledger_account_id) as AccountBalance
          assert.equal(entry.sequence, account.entry_count + 1)
          assert.equal(entry.balance_cents, account.ledger_balance_cents + entry.signed_cents)
          last.set(entry.ledger_account_id, {
            ...account,
            entry_count: entry.sequence,
            ledger_balance_cents: entry.balance_cents,
          })
        }
      }
      for (const [id, account] of applied.accounts) assert.equal(account.entry_count, last.get(id)?.entry_count)
    }))

  test('changes nothing by a refused command: without it, everything else comes out the same', () =>
    holds((before, list) => {
      const applied = apply(before, list, TIME)
      const accepted = list.filter((_, i) => applied.outcomes[i]?.kind !== 'refused')
      const again = apply(before, accepted, TIME)
      assert.deepEqual(
        again.outcomes,
        applied.outcomes.filter((outcome) => outcome.kind !== 'refused'),
      )
      assert.deepEqual([again.accounts, again.holds], [applied.accounts, applied.holds])
    }))

  test('moves nothing in or out of what is blocked or closed, reversals of blocked accounts apart', () =>
    holds((before, list) => {
      apply(before, list, TIME).outcomes.forEach((outcome, i) => {
        if (outcome.kind !== 'booked') return
        for (const { ledger_account_id, signed_cents } of outcome.entries) {
          const account = before.accounts.get(ledger_account_id) as AccountBalance
          assert.notEqual(account.state, 'CLOSED')
          if (list[i]?.kind === 'reverse' || account.state === 'OPEN') continue
          assert.equal(account.state, signed_cents < 0n ? 'CREDIT_BLOCKED' : 'DEBIT_BLOCKED')
        }
      })
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
      applied.outcomes.forEach((outcome, i) => {
        const given = list[i] as Command
        if (outcome.kind === 'held') count(outcome.hold.ledger_account_id, outcome.hold.amount_cents)
        const end = outcome.kind === 'released' && outcome.was_active ? outcome.hold : undefined
        const ended = outcome.kind === 'booked' ? outcome.captured : end
        if (ended) count(ended.ledger_account_id, ended.captured_cents - ended.amount_cents, ended.business_date)
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

  test('leaves the books it was given alone, and decides the same again', () =>
    holds((before, list) => {
      const copy = structuredClone(before)
      const first = apply(before, list, TIME)
      assert.deepEqual(before, copy)
      assert.deepEqual(apply(before, list, TIME).accounts, first.accounts)
    }))

  test('does not care in which order commands on different accounts come', () =>
    fc.assert(
      fc.property(
        books,
        fc.array(cents, { minLength: 3, maxLength: 3 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        (before, amounts, order) => {
          const list = amounts.map((amount_cents, i): Command => {
            const [debit_account_id, credit_account_id] = [name(2 * i), name(2 * i + 1)]
            const currency = before.accounts.get(debit_account_id)?.currency ?? 'EUR'
            return {
              kind: 'post',
              currency,
              postings: [{ debit_account_id, credit_account_id, amount_cents }],
              hold_id: null,
              is_limited: false,
              value_date: null,
              passes_closing: false,
            }
          })
          const straight = apply(before, list, TIME)
          const shuffled = apply(
            before,
            order.map((i) => list[i] as Command),
            TIME,
          )
          const sorted = (accounts: Applied['accounts']) => [...accounts].sort(([a], [b]) => (a < b ? -1 : 1))
          assert.deepEqual(sorted(shuffled.accounts), sorted(straight.accounts))
          assert.deepEqual(
            order.map((i) => straight.outcomes[i]?.kind),
            shuffled.outcomes.map((outcome) => outcome.kind),
          )
        },
      ),
      { numRuns: 300 },
    ))

  test('books on a value date of a closed period only what may: an adjustment or a closing entry', () => {
    const book = (value_date: string | null, passes_closing: boolean, closed_through: string | null = '2026-02-28') => {
      const postings = [{ debit_account_id: 'a', credit_account_id: 'b', amount_cents: 1n }]
      const of = { kind: 'post' as const, currency: 'EUR', postings, hold_id: null, is_limited: false }
      const open: Books = {
        accounts: new Map([account('a', 5n), account('b', 5n)]),
        holds: new Map(),
        transactions: new Map(),
      }
      const [outcome] = apply(open, [{ ...of, value_date, passes_closing }], { ...TIME, closed_through }).outcomes
      return outcome?.kind === 'refused' ? outcome.problem.kind.code : outcome?.kind
    }
    assert.equal(book('2026-02-28', false), 'PERIOD_CLOSED')
    assert.equal(book('2025-12-31', false), 'PERIOD_CLOSED')
    for (const date of [null, '2026-03-01', '2026-03-15', '2026-04-01']) assert.equal(book(date, false), 'booked')
    assert.equal(book('2026-02-28', true), 'booked')
    assert.equal(book('2025-12-31', false, null), 'booked')
  })

  test('refuses a balance that JSON could not hold, in both directions', () => {
    const max = 9_007_199_254_740_991n
    const full: Books = {
      accounts: new Map([account('a', -max), account('b', max - 5n)]),
      holds: new Map(),
      transactions: new Map(),
    }
    const move = (debit_account_id: string, credit_account_id: string, amount_cents: bigint) => {
      const [outcome] = apply(
        full,
        [
          {
            kind: 'post',
            currency: 'EUR',
            postings: [{ debit_account_id, credit_account_id, amount_cents }],
            hold_id: null,
            is_limited: false,
            value_date: null,
            passes_closing: false,
          },
        ],
        TIME,
      ).outcomes
      return outcome?.kind === 'refused' ? outcome.problem.kind.code : outcome?.kind
    }
    assert.deepEqual(
      [move('a', 'b', 1n), move('b', 'a', 5n), move('b', 'a', 1n)],
      ['BALANCE_OUT_OF_RANGE', 'booked', 'booked'],
    )
    const rich: Books = { ...full, accounts: new Map([account('a', 0n), account('b', max - 5n)]) }
    const [outcome] = apply(
      rich,
      [
        {
          kind: 'post',
          currency: 'EUR',
          postings: [{ debit_account_id: 'a', credit_account_id: 'b', amount_cents: 6n }],
          hold_id: null,
          is_limited: false,
          value_date: null,
          passes_closing: false,
        },
      ],
      TIME,
    ).outcomes
    assert.equal(outcome?.kind === 'refused' && outcome.problem.kind.code, 'BALANCE_OUT_OF_RANGE')
  })

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

/** An account without a floor, as books hold it. */
function account(id: string, ledger_balance_cents: bigint): [string, AccountBalance] {
  return [
    id,
    {
      ledger_account_id: id,
      currency: 'EUR',
      normal_side: 'CREDIT',
      state: 'OPEN',
      overdraft_limit_cents: null,
      ledger_balance_cents,
      held_cents: 0n,
      entry_count: 0,
      daily_limit_cents: null,
      monthly_limit_cents: null,
      debited_today_cents: 0n,
      debited_month_cents: 0n,
      debited_on: null,
    },
  ]
}
