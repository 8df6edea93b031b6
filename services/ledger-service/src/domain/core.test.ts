import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { books, cents, commands, NOW, name, partsOf, TIME } from '../../testing/arbitrary-books.ts'
import type { AccountBalance, HoldRow } from '../tables.ts'
import { type Applied, apply, type Books, type Command } from './core.ts'
import { boughtFor } from './exchange.ts'
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

  test('leaves the books it was given alone, and decides the same again', () =>
    holds((before, list) => {
      const copy = structuredClone(before)
      const first = apply(before, list, TIME)
      assert.deepEqual(before, copy)
      assert.deepEqual(apply(before, list, TIME).accounts, first.accounts)
    }))

  test('takes no more out of a hold than it is for, and ends it when nothing is left', () =>
    holds((before, list) => {
      for (const hold of after(before, apply(before, list, TIME)).holds.values()) {
        assert.ok(hold.captured_cents <= hold.amount_cents)
        if (hold.status === 'ACTIVE') assert.ok(hold.captured_cents < hold.amount_cents)
        for (const { cents: part } of partsOf(hold)) assert.ok(part > 0n)
      }
    }))

  test('exchanges at the rate to the last minor unit, and what is sold stands in the position of its currency', () =>
    holds((before, list) => {
      const { outcomes } = apply(before, list, TIME)
      const position = { EUR: 0n, USD: 0n }
      outcomes.forEach((outcome, i) => {
        const given = list[i] as Command
        if (outcome.kind !== 'booked' || given.kind !== 'post' || given.exchange === null) return
        const [sold, bought] = outcome.postings
        assert.equal(bought?.amount_cents, boughtFor(sold?.amount_cents as bigint, given.exchange))
        position.EUR -= sold?.amount_cents as bigint
        position.USD += bought?.amount_cents as bigint
      })
      const { accounts } = after(before, apply(before, list, TIME))
      for (const one of ['EUR', 'USD'] as const)
        assert.equal(accounts.get(`position-${one}`)?.ledger_balance_cents, position[one])
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
              postings: [{ debit_account_id, credit_account_id, amount_cents, currency }],
              hold_id: null,
              is_limited: false,
              value_date: null,
              passes_closing: false,
              releases_rest: true,
              exchange: null,
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
      const postings = [{ debit_account_id: 'a', credit_account_id: 'b', amount_cents: 1n, currency: 'EUR' }]
      const about = { hold_id: null, releases_rest: true, is_limited: false, exchange: null }
      const of = { kind: 'post' as const, currency: 'EUR', postings, ...about }
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
            postings: [{ debit_account_id, credit_account_id, amount_cents, currency: 'EUR' }],
            hold_id: null,
            is_limited: false,
            value_date: null,
            passes_closing: false,
            releases_rest: true,
            exchange: null,
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
          postings: [{ debit_account_id: 'a', credit_account_id: 'b', amount_cents: 6n, currency: 'EUR' }],
          hold_id: null,
          is_limited: false,
          value_date: null,
          passes_closing: false,
          releases_rest: true,
          exchange: null,
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
