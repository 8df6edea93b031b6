import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { wallClock } from './clock.ts'
import { compareClocks } from './true-time.ts'
import { moveWallClock } from './wall-offset.ts'

const real = Date.now.bind(Date)
let moved = 0
const move = (ms: number): void => {
  moved += ms
  moveWallClock(ms)
}
const isAbout = (ms: number, expected: number): void =>
  assert.ok(Math.abs(ms - expected) < 1_500, `${ms} ~ ${expected}`)

describe('a wall clock that is moved', () => {
  afterEach(() => move(-moved))

  test('is the time of everything in the process, and dates stay dates', () => {
    move(3_600_000)
    isAbout(Date.now(), real() + 3_600_000)
    const dated = new Date()
    isAbout(dated.getTime(), real() + 3_600_000)
    isAbout(wallClock.now().getTime(), real() + 3_600_000)
    isAbout(Date.parse(Date()), real() + 3_600_000)
    assert.equal(new Date(0).toISOString(), '1970-01-01T00:00:00.000Z')
    assert.equal(new Date(2026, 0, 2).getDate(), 2)
    assert.ok(new Date() instanceof Date && structuredClone(new Date(5)) instanceof Date)
    class Later extends Date {}
    assert.ok(new Later() instanceof Later)
    isAbout(new Later().getTime(), real() + 3_600_000)
    assert.equal(Date.UTC(2026, 0, 1), Date.parse('2026-01-01T00:00:00Z'))
  })

  test('counts whole milliseconds, as ids are made of them', () => {
    move(0.25)
    move(1_000.75)
    assert.ok(Number.isInteger(Date.now()))
  })

  test('is the real one again when it was moved back', () => {
    const before = globalThis.Date
    move(1_000)
    move(-1_000)
    assert.equal(globalThis.Date, before)
  })
})

describe('a clock that is wrong', () => {
  afterEach(() => move(-moved))

  for (const skew_ms of [30_000, -30_000])
    test(`by ${skew_ms} ms is set right`, async () => {
      move(skew_ms)
      const found = await compareClocks(async () => real())
      moved = found === undefined ? moved : moved + found.skew_ms
      assert.equal(found?.isMended, true)
      isAbout(found?.skew_ms ?? 0, -skew_ms)
      isAbout(Date.now(), real())
      assert.equal((await compareClocks(async () => real()))?.isMended, false)
    })

  /** Times a question as if it had taken so long, the answer given in the middle of it. */
  const taking = (ms: number): (() => number) => {
    const times = [0, ms]
    return () => times.shift() ?? ms
  }

  test('by more than the question took is set right, also when a busy machine was slow to answer', async () => {
    move(30_000)
    const found = await compareClocks(async () => real() - 2_500, taking(5_000))
    moved = found === undefined ? moved : moved + found.skew_ms
    assert.equal(found?.isMended, true)
    isAbout(Date.now(), real())
  })

  test('by no more than the question took may be right: nothing is known', async () => {
    move(4_000)
    assert.equal(await compareClocks(async () => real() - 2_500, taking(5_000)), undefined)
    isAbout(Date.now(), real() + 4_000)
  })

  test('by little is left as it is, and by hours too, since that is no skew', async () => {
    for (const ms of [500, 3_600_000]) {
      move(ms)
      assert.equal((await compareClocks(async () => real()))?.isMended, false)
      isAbout(Date.now(), real() + ms)
      move(-ms)
    }
  })
})
