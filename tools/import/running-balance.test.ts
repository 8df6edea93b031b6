import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunningBalance } from './running-balance.ts'

type Line = readonly [minor: bigint, balance: bigint | undefined]

function follow(lines: readonly Line[]) {
  const running = new RunningBalance()
  for (const [i, [minor, balance]] of lines.entries()) running.add(i + 2, minor, balance)
  return running.report()
}

test('a file that agrees with itself has no contradiction in either order', () => {
  const amounts = fc.array(fc.bigInt({ min: -1000n, max: 1000n }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(amounts, fc.bigInt({ min: -5000n, max: 5000n }), fc.boolean(), (moves, opening, isReversed) => {
      let balance = opening
      const lines = moves.map((minor): Line => {
        balance += minor
        return [minor, balance]
      })
      const report = follow(isReversed ? lines.toReversed() : lines)
      assert.equal(report?.breaks, 0)
      const sum = moves.reduce((total, minor) => total + minor, 0n)
      assert.equal((report?.closing ?? 0n) - (report?.opening ?? 0n), sum)
    }),
  )
})

test('a balance that its rows do not make is named by line, with what they make', () => {
  const report = follow([
    [100n, 1100n],
    [-50n, 1050n],
    [25n, 1080n],
    [-80n, 1000n],
  ])
  assert.deepEqual(report?.first_breaks, [{ line: 4, found: 1080n, expected: 1075n }])
  assert.equal(report?.order, 'oldest first')
  assert.equal(report?.opening, 1000n)
})

test('a file with the newest row first is understood, and its contradictions are named too', () => {
  const report = follow([
    [10n, 130n],
    [20n, 120n],
    [5n, 100n],
    [7n, 94n],
    [1n, 87n],
  ])
  assert.equal(report?.order, 'newest first')
  assert.deepEqual(report?.first_breaks, [{ line: 5, found: 94n, expected: 95n }])
  assert.equal(report?.closing, 130n)
})

test('the jump where a row could not be read is that row, not a contradiction', () => {
  const running = new RunningBalance()
  running.add(2, 100n, 100n)
  running.gap()
  running.add(4, 10n, 160n)
  running.add(5, 1n, 161n)
  const report = running.report()
  assert.equal(report?.breaks, 0)
  assert.equal(report?.gaps, 50n)
})

test('only the first ten contradictions are kept, and all are counted', () => {
  const report = follow(Array.from({ length: 30 }, (_, i): Line => [1n, BigInt(i * i * 10)]))
  assert.equal(report?.first_breaks.length, 10)
  assert.ok((report?.breaks ?? 0) > 20)
})

test('rows without a balance are only summed', () => {
  assert.equal(follow([[5n, undefined]]), undefined)
  assert.equal(
    follow([
      [100n, 100n],
      [5n, undefined],
      [1n, 106n],
    ])?.breaks,
    0,
  )
})
