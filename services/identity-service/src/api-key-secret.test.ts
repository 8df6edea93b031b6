import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { isApiKeySecret, newApiKeySecret, prefixOf } from './api-key-secret.ts'

describe('the secret of a key', () => {
  test('names its key, is new each time, and a typing error in it is seen without asking anybody', () => {
    const key_id = newId()
    const secret = newApiKeySecret(key_id)
    assert.ok(secret.startsWith(`${prefixOf(key_id)}_`))
    assert.equal(prefixOf(key_id.toUpperCase()), prefixOf(key_id))
    assert.notEqual(newApiKeySecret(key_id), secret)
    assert.ok(isApiKeySecret(secret))
    for (let i = 0; i < secret.length; i++) {
      const other = secret[i] === 'a' ? 'b' : 'a'
      assert.equal(isApiKeySecret(secret.slice(0, i) + other + secret.slice(i + 1)), false, `at ${i}`)
    }
    for (const text of ['', 'bfk_', `${secret} `, `${secret}\n`, secret.slice(0, -1)]) assert.ok(!isApiKeySecret(text))
  })
})
