import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { Fault } from '#libs/problem/problem.ts'
import { checkPassword, hashNewPassword } from './passwords.ts'

test('more passwords at once than the line holds are a fault to come back from, and the line goes on', async (t) => {
  // The real hash would take seconds here; only the line in front of it is looked at.
  const instant = t.mock.method(crypto, 'argon2', ((
    _name: string,
    options: { tagLength: number },
    done: (error: null, hash: Buffer) => void,
  ) => setImmediate(done, null, Buffer.alloc(options.tagLength))) as unknown as typeof crypto.argon2)
  syncBuiltinESMExports()
  t.after(() => {
    instant.mock.restore()
    syncBuiltinESMExports()
  })
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? checkPassword(undefined, 'x') : hashNewPassword('x'))),
  )
  const refused = results.filter((one) => one.status === 'rejected')
  assert.ok(refused.length > 0 && refused.length < 200, `${refused.length} of 200 refused`)
  for (const { reason } of refused) assert.ok(reason instanceof Fault && reason.retryAfterS === 2)
  assert.deepEqual(await checkPassword(undefined, 'x'), {
    matches: false,
    seen: null,
    rehashed: null,
    is_breached: false,
  })
})
