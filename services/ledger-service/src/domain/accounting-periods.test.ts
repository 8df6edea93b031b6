import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import {
  closeChecks,
  closingEntries,
  closingPostings,
  type DaysOfBooks,
  type Line,
  periodLines,
  periodOf,
  requireClosable,
  resultOf,
  type Sealed,
  sealedUpTo,
} from './accounting-periods.ts'

const BOOKS: DaysOfBooks = {
  first_date: '2025-11-20',
  closed_day: '2026-02-10',
  closed_through: null,
  closed_periods: new Set(),
  being_closed: new Set(),
}

function codeOf(period: string, known: Partial<DaysOfBooks> = {}): string {
  try {
    requireClosable(periodOf(period), { ...BOOKS, ...known })
    return 'closable'
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('which period may be closed', () => {
  test('months end with their last day, leap years included', () => {
    assert.deepEqual(
      ['2026-02', '2028-02', '2026-12'].map((month) => periodOf(month).last_date),
      ['2026-02-28', '2028-02-29', '2026-12-31'],
    )
    assert.deepEqual(periodOf('2026'), {
      period: '2026',
      kind: 'YEAR',
      first_date: '2026-01-01',
      last_date: '2026-12-31',
    })
  })

  test('one month after the other, none before its last day is closed, none twice, none before the bank', () => {
    assert.equal(codeOf('2025-11'), 'closable')
    assert.equal(codeOf('2025-10'), 'PERIOD_NOT_FOUND')
    assert.equal(codeOf('2025-12'), 'EARLIER_PERIOD_OPEN')
    const november = { closed_through: '2025-11-30', closed_periods: new Set(['2025-11']) }
    assert.equal(codeOf('2025-11', november), 'PERIOD_ALREADY_CLOSED')
    assert.equal(codeOf('2025-12', november), 'closable')
    assert.equal(codeOf('2026-02', november), 'PERIOD_NOT_OVER')
    assert.equal(codeOf('2025-11', { closed_day: null }), 'PERIOD_NOT_OVER')
  })

  test('a year after its last month, and years one after the other', () => {
    const closed = (...periods: string[]) => new Set(periods)
    assert.equal(codeOf('2025', { closed_through: '2025-11-30' }), 'EARLIER_PERIOD_OPEN')
    assert.equal(codeOf('2025', { closed_through: '2025-12-31' }), 'closable')
    assert.equal(
      codeOf('2025', { closed_through: '2025-12-31', being_closed: closed('2025-12') }),
      'EARLIER_PERIOD_OPEN',
    )
    const later = { closed_day: '2027-01-31', closed_through: '2026-12-31' }
    assert.equal(codeOf('2026', later), 'EARLIER_PERIOD_OPEN')
    assert.equal(codeOf('2026', { ...later, closed_periods: closed('2025') }), 'closable')
    const both = { ...later, closed_periods: closed('2025'), being_closed: closed('2025') }
    assert.equal(codeOf('2026', both), 'EARLIER_PERIOD_OPEN')
    assert.equal(codeOf('2024', later), 'PERIOD_NOT_FOUND')
  })
})

const line = (gl_code: string, account_type: Line['account_type'], debits: bigint, credits: bigint): Line => ({
  currency: 'EUR',
  gl_code,
  account_type,
  debits,
  credits,
})

describe('what a period is closed with', () => {
  const before = [line('CASH', 'ASSET', 100n, 0n), line('DEPOSITS', 'LIABILITY', 0n, 100n)]
  const yearEnd = [
    line('CASH', 'ASSET', 130n, 0n),
    line('DEPOSITS', 'LIABILITY', 0n, 105n),
    line('FEES', 'INCOME', 5n, 35n),
    line('INTEREST', 'EXPENSE', 5n, 0n),
  ]

  test('closing entries take away what is left on income and expense, to the cent', () => {
    const entries = closingEntries(yearEnd, 'RETAINED_EARNINGS')
    assert.deepEqual(
      entries.map((entry) => [entry.gl_code, entry.credit_balance_cents]),
      [
        ['FEES', 30n],
        ['INTEREST', -5n],
      ],
    )
    assert.deepEqual(closingPostings(entries), [
      {
        currency: 'EUR',
        part: 0,
        postings: [
          { debit: 'FEES', credit: 'RETAINED_EARNINGS', amount_cents: 30n },
          { debit: 'RETAINED_EARNINGS', credit: 'INTEREST', amount_cents: 5n },
        ],
      },
    ])
  })

  test('results go where the mapping says, in each round', () => {
    const [first, second] = ['RESERVES', 'RETAINED_EARNINGS'].map((result) => closingEntries(yearEnd, result))
    assert.deepEqual(closingPostings(first ?? [])[0]?.postings[0], {
      debit: 'FEES',
      credit: 'RESERVES',
      amount_cents: 30n,
    })
    const twice = [...(first ?? []), ...(second ?? [])]
    const closed = [line('RESERVES', 'EQUITY', 5n, 30n), line('RETAINED_EARNINGS', 'EQUITY', 5n, 30n)]
    for (const { period_debits, period_credits } of periodLines(closed, [], twice))
      assert.deepEqual([period_debits, period_credits], [0n, 0n])
  })

  test('what is sealed is told from an earlier close on: what lay ahead of it then, and what came since, whatever it counts on', () => {
    const of = (value_date: string, debits: bigint, gl_code = 'CASH'): Sealed => ({
      ...{ value_date, currency: 'EUR', gl_code },
      debits,
      credits: 0n,
    })
    const then = [of('2025-11-30', 3n), of('2025-12-05', 2n), of('2026-01-05', 1n), of('2026-01-05', 7n, 'FED')]
    const november = sealedUpTo('2025-11-30', then, [])
    assert.deepEqual(november, {
      lines: [{ currency: 'EUR', gl_code: 'CASH', debits: 3n, credits: 0n }],
      ahead: then.slice(1),
    })
    const base = [...november.lines.map((one) => ({ ...one, value_date: '2025-11-30' })), ...november.ahead]
    // Of the days that are read again, the earlier close knew one movement already.
    const since = [of('2025-12-05', 2n), of('2025-11-02', 100n), of('2025-12-31', 10n), of('2026-02-01', 20n)]
    assert.deepEqual(sealedUpTo('2025-12-31', [...base, ...since], [of('2025-12-05', 2n)]), {
      lines: [{ currency: 'EUR', gl_code: 'CASH', debits: 115n, credits: 0n }],
      ahead: [of('2026-01-05', 1n), of('2026-01-05', 7n, 'FED'), of('2026-02-01', 20n)],
    })
  })

  test('more lines than a transaction holds are closed by several', () => {
    const many = Array.from({ length: 230 }, (_, i) => line(`FEE_${i}`, 'INCOME', 0n, 1n))
    assert.deepEqual(
      closingPostings(closingEntries(many, 'RETAINED_EARNINGS')).map(({ part, postings }) => [part, postings.length]),
      [
        [0, 100],
        [1, 100],
        [2, 30],
      ],
    )
  })

  test('the result of a year is told without its closing entries, and its books agree with them', () => {
    const closed = [
      line('CASH', 'ASSET', 130n, 0n),
      line('DEPOSITS', 'LIABILITY', 0n, 105n),
      line('FEES', 'INCOME', 35n, 35n),
      line('INTEREST', 'EXPENSE', 5n, 5n),
      line('RETAINED_EARNINGS', 'EQUITY', 5n, 30n),
    ]
    const lines = periodLines(closed, before, closingEntries(yearEnd, 'RETAINED_EARNINGS'))
    assert.equal(resultOf(lines), 25n)
    assert.deepEqual(
      lines.map(({ period_debits, period_credits }) => [period_debits, period_credits]),
      [
        [30n, 0n],
        [0n, 5n],
        [5n, 35n],
        [5n, 0n],
        [0n, 0n],
      ],
    )
    const wrong = (sealed: readonly Line[], isYear = true, of = lines) =>
      closeChecks(of, sealed, isYear)
        .filter(({ left, right }) => left !== right)
        .map((check) => check.name)
    assert.deepEqual(wrong(closed), [])
    assert.deepEqual(wrong(closed.with(0, line('CASH', 'ASSET', 131n, 0n))), ['LINES_AS_SEALED'])
    assert.deepEqual(wrong([...closed, line('LOST', 'EXPENSE', 1n, 1n)]), ['LINES_AS_SEALED'])
    const unclosed = periodLines(yearEnd, before, [])
    assert.deepEqual(wrong(yearEnd, true, unclosed), ['NOTHING_LEFT_TO_CLOSE'])
    assert.deepEqual(wrong(yearEnd, false, unclosed), [])
    const broken = periodLines(yearEnd.with(0, line('CASH', 'ASSET', 131n, 0n)), before, [])
    assert.deepEqual(wrong(yearEnd, false, broken), ['DEBITS_AND_CREDITS', 'ASSETS_AND_CLAIMS', 'LINES_AS_SEALED'])
  })
})
