import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomDigits, randomToken, sameBytes, sha256 } from './tokens.ts'

test('tokens are base64url of the bytes asked for, and never repeat', () => {
  const tokens = new Set(Array.from({ length: 100 }, () => randomToken()))
  assert.equal(tokens.size, 100)
  for (const token of tokens) assert.match(token, /^[\w-]{43}$/)
  assert.equal(Buffer.from(randomToken(16), 'base64url').length, 16)
  for (const bytes of [0, 15, 1025, 20.5, Number.NaN]) assert.throws(() => randomToken(bytes), RangeError)
})

test('codes have the digits asked for, and every digit comes about as often as any other', () => {
  const counts = new Map<string, number>()
  for (let draw = 0; draw < 1_000; draw += 1) {
    const code = randomDigits(8)
    assert.match(code, /^\d{8}$/)
    for (const digit of code) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  }
  // 8,000 fair draws put each digit at 800 ± 27; 8 standard deviations away is not chance.
  for (const digit of '0123456789') assert.ok(Math.abs((counts.get(digit) ?? 0) - 800) < 215, digit)
  for (const count of [0, 33, 1.5]) assert.throws(() => randomDigits(count), RangeError)
})

test('SHA-256 of a text is that of its UTF-8 bytes, by the example of FIPS 180-2', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(sha256('abc').toString('hex'), expected)
  assert.equal(sha256(Buffer.from('abc')).toString('hex'), expected)
})

test('the same bytes are the same as text and as buffer; other bytes and other lengths are not', () => {
  assert.equal(sameBytes('abc', Buffer.from('abc')), true)
  for (const other of ['', 'ab', 'abd', 'abcd']) assert.equal(sameBytes('abc', other), false)
})
