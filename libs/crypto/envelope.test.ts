import assert from 'node:assert/strict'
import { createHash, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { SealBroken, sealer } from './envelope.ts'
import type { KeyProvider } from './key-provider.ts'
import { keyedHash } from './keyed-hash.ts'

/** A provider in memory, with the keys named: the first seals. */
function providerOf(...names: [string, ...string[]]): KeyProvider {
  return {
    keyId: names[0],
    wrap: async (dataKey) => dataKey,
    unwrap: async (_keyId, wrapped) => wrapped,
    derive(purpose, keyId = names[0]) {
      if (!names.includes(keyId)) throw new Error('unknown key')
      return Buffer.from(hkdfSync('sha256', createHash('sha256').update(keyId).digest(), '', purpose, 32))
    },
  }
}

const email = sealer(providerOf('k1'), 'email')

test('every text opens as it was sealed, for its own place only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, aad, other) => {
      const sealed = email.seal(text, aad)
      assert.equal(email.open(sealed, aad), text)
      if (other !== aad) assert.throws(() => email.open(sealed, other), SealBroken)
    }),
  )
})

test('the same text never seals twice alike, and the sealed text does not contain it', () => {
  const sealed = new Set(Array.from({ length: 50 }, () => email.seal('anna@example.org', 'a')))
  assert.equal(sealed.size, 50)
  for (const text of sealed) assert.match(text, /^v1\.k1\.[\w-]{16}\.[\w-]{43}$/)
})

test('every flip of a bit of a sealed text is refused', () => {
  const sealed = Buffer.from(email.seal('secret', 'place'), 'latin1')
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(() => email.open(changed.toString('latin1'), 'place'), SealBroken, `bit ${bit}`)
  }
})

test('cut, lengthened, empty and foreign texts are refused', () => {
  const sealed = email.seal('secret', 'place')
  for (let end = 0; end < sealed.length; end += 1)
    assert.throws(() => email.open(sealed.slice(0, end), 'place'), SealBroken)
  for (const text of [`${sealed}A`, `${sealed}.`, `${sealed}=`, ` ${sealed}`, 'v1...', 'v2.k1.AAAA.AAAA']) {
    assert.throws(() => email.open(text, 'place'), SealBroken, text)
  }
})

test('another purpose and another master key do not open it; an older master key in the provider does', () => {
  const sealed = email.seal('secret', 'place')
  assert.throws(() => sealer(providerOf('k1'), 'phone').open(sealed, 'place'), SealBroken)
  assert.throws(() => sealer(providerOf('k2'), 'email').open(sealed, 'place'), SealBroken)
  const rotated = sealer(providerOf('k2', 'k1'), 'email')
  assert.equal(rotated.open(sealed, 'place'), 'secret')
  assert.match(rotated.seal('secret', 'place'), /^v1\.k2\./)
})

test('a text that could not come back unchanged, or is larger than 1 MiB, is not sealed', () => {
  assert.throws(() => email.seal('\ud800', 'a'), RangeError)
  assert.throws(() => email.seal('x'.repeat(1024 * 1024 + 1), 'a'), RangeError)
})

test('a keyed hash is the same for the same value, and differs by value, purpose and master key', () => {
  const hash = keyedHash(providerOf('k1'), 'email')
  assert.equal(hash('anna@example.org'), keyedHash(providerOf('k1'), 'email')('anna@example.org'))
  assert.match(hash('anna@example.org'), /^[\w-]{43}$/)
  const others = [hash('bert@example.org'), keyedHash(providerOf('k1'), 'phone')('anna@example.org')]
  others.push(keyedHash(providerOf('k2'), 'email')('anna@example.org'))
  for (const other of others) assert.notEqual(other, hash('anna@example.org'))
})
