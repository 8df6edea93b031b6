import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { SealBroken, sealer } from './envelope.ts'
import { type KeyProvider, KeyRefused } from './key-provider.ts'
import { subjectKeys } from './subject-keys.ts'

/** A provider in memory that counts what it is asked: wrapping flips every bit and puts a mark in front. */
function countingProvider() {
  const asked = { wrap: 0, unwrap: 0, isAway: false }
  const flipped = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0xff))
  const provider: KeyProvider = {
    keyId: 'master',
    async wrap(dataKey) {
      asked.wrap += 1
      return Buffer.concat([Buffer.from('w'), flipped(dataKey)])
    },
    async unwrap(keyId, wrapped) {
      asked.unwrap += 1
      if (asked.isAway) throw new Error('the provider is away')
      if (keyId !== 'master' || wrapped[0] !== 0x77) throw new KeyRefused('not wrapped here')
      return flipped(wrapped.subarray(1))
    },
    derive: () => randomBytes(32),
  }
  return { provider, asked }
}

test('what is sealed with a subject key opens with the stored row alone, also after a restart, for its own place only', async () => {
  const { provider } = countingProvider()
  const { stored, fields } = await subjectKeys(provider).create()
  const again = await subjectKeys(provider).open(stored)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, place, other) => {
      const sealed = fields.seal(text, place)
      assert.equal(again.open(sealed, place), text)
      if (other !== place) assert.throws(() => again.open(sealed, other), SealBroken)
    }),
  )
})

test("no subject's key opens what another's sealed, nor does the master key itself", async () => {
  const { provider } = countingProvider()
  const keys = subjectKeys(provider)
  const [anna, bert] = [await keys.create(), await keys.create()]
  const sealed = anna.fields.seal('secret', 'place')
  assert.throws(() => bert.fields.open(sealed, 'place'), SealBroken)
  assert.throws(() => sealer(provider, 'subject').open(sealed, 'place'), SealBroken)
  const others = sealer(provider, 'subject').seal('secret', 'place')
  assert.throws(() => anna.fields.open(others, 'place'), SealBroken)
})

test('a stored key shows nothing of the data key, and a changed or foreign one is refused', async () => {
  const { provider } = countingProvider()
  const keys = subjectKeys(provider)
  const { stored } = await keys.create()
  await assert.rejects(keys.open({ ...stored, key_id: 'other' }), KeyRefused)
  await assert.rejects(keys.open({ ...stored, wrapped_key: stored.wrapped_key.subarray(1) }), KeyRefused)
  await assert.rejects(keys.open({ ...stored, wrapped_key: stored.wrapped_key.subarray(0, 20) }), KeyRefused)
})

test('an opened key is remembered until too many were used since, and the provider is asked once for many at a time', async () => {
  const { provider, asked } = countingProvider()
  const made = await Promise.all([1, 2, 3].map(() => subjectKeys(provider).create()))
  const [first, second, third] = made.map(({ stored }) => stored) as [never, never, never]
  const keys = subjectKeys(provider, { maxOpened: 2 })
  await Promise.all([keys.open(first), keys.open(first), keys.open(first)])
  assert.equal(asked.unwrap, 1)
  await keys.open(second)
  await keys.open(first)
  await keys.open(third)
  assert.equal(asked.unwrap, 3)
  await keys.open(first)
  assert.equal(asked.unwrap, 3)
  await keys.open(second)
  assert.equal(asked.unwrap, 4)
})

test('a provider that was away is asked again', async () => {
  const { provider, asked } = countingProvider()
  const { stored, fields } = await subjectKeys(provider).create()
  const keys = subjectKeys(provider)
  asked.isAway = true
  await assert.rejects(keys.open(stored), /away/)
  asked.isAway = false
  assert.equal((await keys.open(stored)).open(fields.seal('text', 'place'), 'place'), 'text')
})
