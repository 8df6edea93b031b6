import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import {
  generateSigningKey,
  importSigningKey,
  importVerifyingKey,
  keysOf,
  privateJwk,
  publicJwk,
  SigningKeyRefused,
} from './signing-keys.ts'

// RFC 8037 appendix A.1 to A.3.
const EXAMPLE = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
}
const EXAMPLE_KID = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'

test('the kid is the RFC 7638 thumbprint, by the example of RFC 8037', () => {
  assert.equal(importSigningKey(EXAMPLE).kid, EXAMPLE_KID)
  assert.equal(importVerifyingKey({ ...EXAMPLE, d: undefined }).kid, EXAMPLE_KID)
  assert.equal(publicJwk(importSigningKey(EXAMPLE)).kid, EXAMPLE_KID)
})

test('a key comes back the same from its JWK, and the public JWK holds no secret', () => {
  const key = generateSigningKey()
  const again = importSigningKey(JSON.parse(JSON.stringify(privateJwk(key))))
  assert.equal(again.kid, key.kid)
  assert.ok(again.privateKey.equals(key.privateKey))
  assert.ok(importVerifyingKey(publicJwk(key)).publicKey.equals(key.publicKey))
  assert.deepEqual(Object.keys(publicJwk(key)), ['kty', 'crv', 'x', 'kid', 'alg', 'use'])
})

test('a set of keys is found by kid, and one foreign key refuses the set', () => {
  const [one, two] = [generateSigningKey(), generateSigningKey()]
  const keys = keysOf([publicJwk(one), publicJwk(two)])
  assert.deepEqual([...keys.keys()], [one.kid, two.kid])
  assert.ok(keys.get(two.kid)?.equals(two.publicKey))
  assert.throws(() => keysOf([publicJwk(one), { kty: 'RSA' }]), SigningKeyRefused)
})

test('a JWK that is not one whole Ed25519 key is refused, without showing it', () => {
  const other = publicJwk(generateSigningKey())
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })
  const jwks: unknown[] = [
    undefined,
    null,
    'text',
    {},
    rsa,
    { ...EXAMPLE, crv: 'X25519' },
    { ...EXAMPLE, alg: 'ES256' },
  ]
  jwks.push(
    { ...EXAMPLE, x: other.x },
    { ...EXAMPLE, kid: other.kid },
    { ...EXAMPLE, d: 'short' },
    { ...EXAMPLE, d: 1 },
  )
  for (const jwk of jwks) {
    assert.throws(
      () => importSigningKey(jwk),
      (error: Error) => error instanceof SigningKeyRefused && !error.message.includes(EXAMPLE.d),
    )
  }
  assert.throws(() => importVerifyingKey({ ...EXAMPLE, x: 'AAAA' }), SigningKeyRefused)
})
