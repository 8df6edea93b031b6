import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { Measure } from '../tables.ts'
import { checkWindow } from './rule-window.ts'

function verdict(measure: Measure, window_s: number): string {
  try {
    checkWindow({ measure, window_s })
    return 'fine'
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('the window of a rule', () => {
  test('is required of a velocity', () => {
    assert.deepEqual(
      [verdict('VELOCITY_COUNT', 0), verdict('VELOCITY_AMOUNT', 0)],
      Array(2).fill('RULE_WINDOW_REQUIRED'),
    )
    assert.deepEqual([verdict('VELOCITY_COUNT', 1), verdict('VELOCITY_AMOUNT', 60)], ['fine', 'fine'])
  })

  test('is refused where nothing is measured over it', () => {
    assert.deepEqual([verdict('AMOUNT', 60), verdict('NEW_PAYEE_AMOUNT', 60)], Array(2).fill('VALIDATION_FAILED'))
    assert.deepEqual([verdict('AMOUNT', 0), verdict('NEW_PAYEE_AMOUNT', 0)], ['fine', 'fine'])
  })
})
