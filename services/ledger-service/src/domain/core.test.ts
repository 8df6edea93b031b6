import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { after, books, cents, commands, name, TIME } from '../../testing/arbitrary-books.ts'
import type { AccountBalance } from '../tables.ts'
import { type Applied, apply, type Books, type Command } from './core.ts'
import { boughtFor } from './exchange.ts'

function totals({ accounts }: Books): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { currency, normal_side, ledger_balance_cents } of accounts.values()) {
    sums[currency] = (sums[currency] ?? 0n) + (normal_side === 'DEBIT' ? ledger_balance_cents : -ledger_balance_cents)
  }
  return sums
}

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

  test('leaves the books it was given alone, and decides the same again', () =>
    holds((before, list) => {
      const copy = structuredClone(before)
      const first = apply(before, list, TIME)
      assert.deepEqual(before, copy)
      assert.deepEqual(apply(before, list, TIME).accounts, first.accounts)
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
