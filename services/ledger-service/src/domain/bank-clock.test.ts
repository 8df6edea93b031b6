import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { BankClockRow } from '../tables.ts'
import { bankTime, type ClockWish, dayAfter, decideMove, decideStep, isDayOver, isMonthEnd } from './bank-clock.ts'

const WALL = new Date('2026-03-01T12:00:00.000Z')
const DAY_MS = 86_400_000
const STANDING: BankClockRow = {
  offset_ms: 0,
  business_date: '2026-03-01',
  moving_to: null,
  joins_wall: false,
  closed_through: null,
  version: 1,
}

function codeOf(wish: ClockWish, clock = STANDING): string {
  try {
    const { moving_to, ...moved } = decideMove(clock, WALL, wish)
    return (moving_to ?? bankTime(moved, WALL)).toISOString()
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

/** Walks a clock to its end, each day closed at once. */
function walked(clock: BankClockRow, wall = WALL): BankClockRow {
  let at = clock
  for (let days = 0; days < 500; days++) {
    const next = decideStep(at, wall)
    if (next === at && !isDayOver(at, wall)) return at
    at = isDayOver(next, wall) ? { ...next, business_date: dayAfter(next.business_date) } : next
  }
  return assert.fail('it never arrived')
}

describe('decideMove', () => {
  test('moves to a moment or by seconds, and to where it stands', () => {
    assert.equal(codeOf({ to: '2026-12-31T23:59:59+01:00' }), '2026-12-31T22:59:59.000Z')
    assert.equal(codeOf({ advance_s: 86_400 }), '2026-03-02T12:00:00.000Z')
    assert.equal(codeOf({ to: WALL.toISOString() }), WALL.toISOString())
  })

  test('refuses to go back, to go further than a call may, and a wish that is none or two', () => {
    assert.equal(codeOf({ to: '2026-03-01T11:59:59Z' }), 'CLOCK_BACKWARDS')
    assert.equal(codeOf({ advance_s: 400 * 86_400 }), '2027-04-05T12:00:00.000Z')
    assert.equal(codeOf({ advance_s: 400 * 86_400 + 1 }), 'CLOCK_TOO_FAR')
    assert.deepEqual([codeOf({}), codeOf({ to: WALL.toISOString(), advance_s: 1 })], ['CLOCK_INPUT', 'CLOCK_INPUT'])
    assert.equal(codeOf({ to: '2026-13-45T00:00:00Z' }), 'CLOCK_INPUT')
  })

  test('stands there at once within the day, and waits at the midnight past it', () => {
    const later = decideMove(STANDING, WALL, { advance_s: 12 * 3_600 - 1 })
    assert.deepEqual([later.offset_ms, later.moving_to], [DAY_MS / 2 - 1_000, null])
    const past = decideMove(STANDING, WALL, { advance_s: 13 * 3_600 })
    assert.deepEqual(
      [bankTime(past, WALL).toISOString(), past.moving_to?.toISOString(), past.business_date],
      ['2026-03-02T00:00:00.000Z', '2026-03-02T01:00:00.000Z', '2026-03-01'],
    )
  })

  test('a wish made on the way counts from where it leads', () => {
    const moving = decideMove(STANDING, WALL, { advance_s: 2 * 86_400 })
    assert.equal(codeOf({ advance_s: 86_400 }, moving), '2026-03-04T12:00:00.000Z')
    assert.equal(codeOf({ to: '2026-03-03T11:00:00Z' }, moving), 'CLOCK_BACKWARDS')
  })
})

describe('a clock on its way', () => {
  test('stops at each midnight until the day before is closed, and ends where it was to go', () => {
    const moving = decideMove(STANDING, WALL, { advance_s: 31 * 86_400 })
    assert.equal(decideStep(moving, WALL), moving, 'the day was not closed yet')
    const there = walked(moving)
    assert.deepEqual([there.business_date, there.offset_ms, there.moving_to], ['2026-04-01', 31 * DAY_MS, null])
  })

  const born: BankClockRow = { ...STANDING, offset_ms: -365.5 * DAY_MS, business_date: '2025-03-01' }

  test('from behind, about now ends at an offset of exactly zero, however late it is by then', () => {
    const moving = decideMove(born, WALL, { to: new Date(WALL.getTime() - 5_000).toISOString() })
    const late = new Date(WALL.getTime() + 600_000)
    const there = walked(moving, late)
    assert.deepEqual(there, { ...born, offset_ms: 0, business_date: '2026-03-01', version: 1 })
    assert.throws(() => decideMove(there, late, { to: WALL.toISOString() }), /already/)
  })

  test('from behind, another moment is where it ends: in the past, or ahead of the wall', () => {
    const past = walked(decideMove(born, WALL, { advance_s: 30 * 86_400 }))
    assert.deepEqual([bankTime(past, WALL).toISOString(), past.moving_to], ['2025-03-31T00:00:00.000Z', null])
    const ahead = walked(decideMove(born, WALL, { advance_s: 390 * 86_400 }))
    assert.deepEqual([ahead.offset_ms, ahead.business_date], [24.5 * DAY_MS, '2026-03-26'])
  })
})

test('knows the last days of months', () => {
  const ends = ['2026-02-28', '2024-02-29', '2026-12-31']
  assert.deepEqual(ends.map(isMonthEnd), [true, true, true])
  assert.deepEqual(['2024-02-28', '2026-12-30', '2026-01-01'].map(isMonthEnd), [false, false, false])
  assert.deepEqual(ends.map(dayAfter), ['2026-03-01', '2024-03-01', '2027-01-01'])
})
