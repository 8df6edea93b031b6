import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomToken } from '#libs/crypto/tokens.ts'
import { openSuccessor, sealSuccessor } from './successor.ts'

test('the successor opens with the token before it and with no other, and not when it was changed', () => {
  const [token, successor] = [randomToken(), randomToken()]
  const sealed = sealSuccessor(token, successor)
  assert.equal(openSuccessor(token, sealed), successor)
  assert.equal(sealed.includes(successor), false)
  assert.throws(() => openSuccessor(randomToken(), sealed))
  assert.throws(() => openSuccessor(token, `${sealed.slice(0, -2)}AA`))
})
