import assert from 'node:assert/strict'
import { Problem } from '#libs/problem/problem.ts'

/** For `assert.rejects`: the refusal must be the one of this code. */
export function refusedWith(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.kind.code, code)
    return true
  }
}
