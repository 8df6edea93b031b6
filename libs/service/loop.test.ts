import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLog } from '#libs/telemetry/log.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { Loop } from './loop.ts'

const log = createLog({ service: 'test', level: 'fatal' })
const NEVER_MS = 3_600_000

describe('a loop', () => {
  test('works at once while there is more, then rests until it is nudged', async () => {
    let runs = 0
    const loop = new Loop('count', NEVER_MS, log, async () => ++runs < 5)
    loop.start()
    await eventually(() => runs === 5)
    loop.nudge()
    await eventually(() => runs === 6)
    await loop.stop()
    assert.equal(runs, 6)
  })

  test('a nudge during the work is not lost', async () => {
    let runs = 0
    const loop: Loop = new Loop('nudged', NEVER_MS, log, async () => {
      runs += 1
      if (runs === 1) loop.nudge()
      return false
    })
    loop.start()
    await eventually(() => runs === 2)
    await loop.stop()
  })

  test('waits out an error however often it is nudged, and growing pauses between more of them', async () => {
    const runs: number[] = []
    const loop: Loop = new Loop('failing', NEVER_MS, log, async () => {
      runs.push(performance.now())
      throw new Error('broken')
    })
    loop.start()
    const busy = setInterval(() => loop.nudge(), 1)
    await eventually(() => runs.length === 3)
    clearInterval(busy)
    await loop.stop()
    const [first, second, third] = runs as [number, number, number]
    assert.ok(second - first >= 190 && third - second >= 390, `it ran at ${runs.map(Math.round).join(', ')} ms`)
    assert.equal(runs.length, 3)
  })

  test('goes on after an error, and stops only when what is under way has ended', async () => {
    let runs = 0
    let hasEnded = false
    const under = Promise.withResolvers<void>()
    const loop = new Loop('failing', 1, log, async () => {
      runs += 1
      if (runs === 1) throw new Error('broken once')
      await under.promise
      hasEnded = true
      return false
    })
    loop.start()
    await eventually(() => runs === 2)
    const stopping = loop.stop()
    under.resolve()
    await stopping
    assert.equal(hasEnded, true)
  })
})
