import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aSeed, doesTheSameAgain, findsPlantedBugs, STEPS, simulate } from './testing/simulate.ts'

describe('the simulated ledger', () => {
  test('keeps every promise through crashes, cuts, repeats and jumps of the clock, with a fresh seed', async (t) => {
    const run = await simulate('--seed', aSeed(t), '--steps', String(STEPS.ledger))
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /everything held/)
  })

  test('does the same again for the same seed, byte by byte', (t) => doesTheSameAgain(t, 'ledger'))
})

describe('the simulated way of a transfer', () => {
  test('ends once, with its hold gone and both sides told, whatever breaks on it, with a fresh seed', async (t) => {
    const run = await simulate('--piece', 'bank', '--seed', aSeed(t, 'bank'), '--steps', String(STEPS.bank))
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /everything held/)
  })

  test('does the same again for the same seed, byte by byte', (t) => doesTheSameAgain(t, 'bank'))
})

describe('the simulator finds a planted bug', () => findsPlantedBugs(['ledger', 'bank']))
