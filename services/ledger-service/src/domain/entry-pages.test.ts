import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '#libs/problem/problem.ts'
import { cursorsOf, placeIn, stretchOf } from './entry-pages.ts'

const DAY = '2026-03-15'

/** The entries of a page, as a history without a hole has them. */
function pageAt(
  cursor: string | undefined,
  wanted: { first: number; last: number; limit: number; isOldestFirst: boolean },
) {
  const { from, to } = stretchOf({ ...wanted, place: placeIn(cursor), near: DAY })
  const entries = Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => ({
    sequence: from + i,
    business_date: DAY,
  }))
  return wanted.isOldestFirst ? entries : entries.reverse()
}

describe('pages of a history', () => {
  test('walked to the end show every entry once in order, and walked back the same pages', () => {
    const wanted = fc.record({
      first: fc.integer({ min: 1, max: 9 }),
      length: fc.integer({ min: 0, max: 30 }),
      limit: fc.integer({ min: 1, max: 7 }),
      isOldestFirst: fc.boolean(),
    })
    fc.assert(
      fc.property(wanted, ({ first, length, ...rest }) => {
        const history = { first, last: first + length - 1, ...rest }
        const pages = [pageAt(undefined, history)]
        for (;;) {
          const { next_cursor } = cursorsOf(pages.at(-1) ?? [], history)
          if (next_cursor === null) break
          pages.push(pageAt(next_cursor, history))
        }
        const all = Array.from({ length }, (_, i) => first + i)
        assert.deepEqual(
          pages.flat().map((entry) => entry.sequence),
          rest.isOldestFirst ? all : all.reverse(),
        )
        assert.equal(cursorsOf(pages[0] ?? [], history).previous_cursor, null)
        for (let i = pages.length - 1; i > 0; i--) {
          const { previous_cursor } = cursorsOf(pages[i] ?? [], history)
          assert.deepEqual(pageAt(previous_cursor ?? '', history), pages[i - 1])
        }
      }),
    )
  })

  test('refuse a cursor that none of them gave out', () => {
    for (const cursor of [
      '3',
      'before.3',
      'beside.3.2026-01-01',
      'before.x.2026-01-01',
      'after.3.2026-13-01',
      'after.3.2026-02-30',
      'after.3.0000-01-01',
      'before.-1.2026-01-01',
    ])
      assert.throws(() => placeIn(cursor), Problem)
  })
})
