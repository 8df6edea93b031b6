import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aSeed, doesTheSameAgain, findsPlantedBugs, STEPS, simulate } from './testing/simulate.ts'

describe('the simulated way of a transfer through a broker', () => {
  test('is the same when events come twice, late, to others, and when nobody hears that they came, with a fresh seed', async (t) => {
    const run = await simulate('--piece', 'streams', '--seed', aSeed(t, 'streams'), '--steps', String(STEPS.streams))
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /everything held/)
  })

  test('does the same again for the same seed, byte by byte', (t) => doesTheSameAgain(t, 'streams'))
})

describe('the simulator finds a planted bug between services', () => findsPlantedBugs(['streams']))
