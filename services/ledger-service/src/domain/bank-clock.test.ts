import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import { type ClockWish, decideMove } from './bank-clock.ts'

const NOW = new Date('2026-03-01T12:00:00.000Z')

function codeOf(wish: ClockWish): string {
  try {
    return decideMove(NOW, wish).toISOString()
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('decideMove', () => {
  test('moves to a moment or by seconds, and to where it stands', () => {
    assert.equal(codeOf({ to: '2026-12-31T23:59:59+01:00' }), '2026-12-31T22:59:59.000Z')
    assert.equal(codeOf({ advance_s: 86_400 }), '2026-03-02T12:00:00.000Z')
    assert.equal(codeOf({ to: NOW.toISOString() }), NOW.toISOString())
  })

  test('refuses to go back, to go further than a call may, and a wish that is none or two', () => {
    assert.equal(codeOf({ to: '2026-03-01T11:59:59Z' }), 'CLOCK_BACKWARDS')
    assert.equal(codeOf({ advance_s: 400 * 86_400 }), '2027-04-05T12:00:00.000Z')
    assert.equal(codeOf({ advance_s: 400 * 86_400 + 1 }), 'CLOCK_TOO_FAR')
    assert.deepEqual([codeOf({}), codeOf({ to: NOW.toISOString(), advance_s: 1 })], ['CLOCK_INPUT', 'CLOCK_INPUT'])
    assert.equal(codeOf({ to: '2026-13-45T00:00:00Z' }), 'CLOCK_INPUT')
  })
})
