import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineProblems, invariant, Problem, refuse } from './problem.ts'

const problems = defineProblems({ ACCOUNT_CLOSED: [409, 'The account is closed'] })

test('a refusal rolls back unless it says that its trace is kept', () => {
  assert.throws(
    () => refuse(new Problem(problems.ACCOUNT_CLOSED)),
    (thrown: Problem) => !thrown.keep && thrown.kind.status === 409,
  )
  assert.throws(
    () => refuse(new Problem(problems.ACCOUNT_CLOSED), { keep: true }),
    (thrown: Problem) => thrown.keep,
  )
})

test('a broken invariant is an assertion, not a problem', () => {
  assert.throws(
    () => invariant(false, 'sum is zero'),
    (thrown) => thrown instanceof Error && !(thrown instanceof Problem),
  )
})
