import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitWords } from './waits.ts'

test('a wait is said in the unit that people think in, and never shorter than it is', () => {
  assert.equal(waitWords(0.2), 'Try again in a second.')
  assert.equal(waitWords(59), 'Try again in 59 seconds.')
  assert.equal(waitWords(60), 'Try again in a minute.')
  assert.equal(waitWords(61), 'Try again in 2 minutes.')
  assert.equal(waitWords(900), 'Try again in 15 minutes.')
  assert.equal(waitWords(5_401), 'Try again in 2 hours.')
  assert.equal(waitWords(86_400), 'Try again in 24 hours.')
})

test('a lock that nobody can wait for says what ends it', () => {
  assert.match(waitWords(365 * 86_400), /new password/)
})
