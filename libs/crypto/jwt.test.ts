import assert from 'node:assert/strict'
import { createHmac, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { jwtVerify, SignJWT } from 'jose'
import { type JwtExpectation, LONGEST_JWT, signJwt, verifyJwt } from './jwt.ts'
import { generateSigningKey, type SigningKey } from './signing-keys.ts'

const NOW_S = 1_800_000_000
const key = generateSigningKey()
const claims = { iss: 'identity', aud: 'bank', sub: 'anna', roles: ['customer'] }
const expected: JwtExpectation = {
  keys: new Map<string, KeyObject>([[key.kid, key.publicKey]]),
  typ: 'at+jwt',
  issuer: 'identity',
  audience: 'bank',
  now_s: NOW_S,
}

function token(over: Record<string, unknown> = {}, by: SigningKey = key): string {
  return signJwt({ ...claims, ...over }, { key: by, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S })
}

/** A token of any header and payload, correctly signed: what only a holder of the key could make. */
function crafted(header: unknown, payload: unknown = { ...claims, iat: NOW_S, exp: NOW_S + 9 }): string {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${parts}.${sign(null, Buffer.from(parts), key.privateKey).toString('base64url')}`
}

function refusal(text: string, over: Partial<JwtExpectation> = {}): string | undefined {
  const verdict = verifyJwt(text, { ...expected, ...over })
  return verdict.ok ? undefined : verdict.refusal
}

test('a token verifies and gives its claims back, from its second of issue to the last before it expires', () => {
  const verdict = verifyJwt(token(), expected)
  assert.deepEqual(verdict, { ok: true, claims: { ...claims, iat: NOW_S, exp: NOW_S + 900 } })
  assert.equal(refusal(token(), { now_s: NOW_S + 899 }), undefined)
  assert.equal(refusal(token(), { now_s: NOW_S + 900 }), 'expired')
})

test('every flip of a bit of a token is refused', () => {
  const bytes = Buffer.from(token(), 'latin1')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.ok(refusal(changed.toString('latin1')), `bit ${bit}`)
  }
})

test('no text makes the verifier throw or pass', () => {
  const part = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  )
  fc.assert(fc.property(fc.string(), (text) => assert.ok(refusal(text))))
  fc.assert(fc.property(part, part, part, (a, b, c) => assert.ok(refusal(`${a}.${b}.${c}`))))
})

test('another key is refused, also under the name of ours', () => {
  const stranger = generateSigningKey()
  assert.equal(refusal(token({}, stranger)), 'unknown_key')
  assert.equal(refusal(token({}, { ...stranger, kid: key.kid })), 'wrong_signature')
})

test('no other algorithm is tried: not none, not HMAC with the public key, not one unnamed', () => {
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: key.kid })).toString('base64url')
  const payload = token().split('.')[1]
  assert.equal(refusal(`${none}.${payload}.`), 'malformed')
  assert.equal(refusal(`${none}.${payload}.AAAA`), 'wrong_algorithm')
  const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })).toString('base64url')
  const forged = createHmac('sha256', key.publicKey.export({ format: 'der', type: 'spki' })).update(
    `${hmac}.${payload}`,
  )
  assert.equal(refusal(`${hmac}.${payload}.${forged.digest('base64url')}`), 'wrong_algorithm')
  assert.equal(refusal(crafted({ typ: 'at+jwt', kid: key.kid })), 'wrong_algorithm')
})

test('a token for another audience, issuer or use is refused', () => {
  assert.equal(refusal(token({ aud: 'other' })), 'wrong_audience')
  assert.equal(refusal(token({ aud: undefined })), 'wrong_audience')
  assert.equal(refusal(token({ aud: ['bank', 1] })), 'wrong_audience')
  assert.equal(refusal(token({ aud: ['other', 'bank'] })), undefined)
  assert.equal(refusal(token({ iss: 'other' })), 'wrong_issuer')
  assert.equal(refusal(token(), { typ: 'service+jwt' }), 'wrong_type')
  assert.equal(refusal(crafted({ alg: 'EdDSA', kid: key.kid })), 'wrong_type')
})

test('a header without kid, or with an extension that must be understood, is refused', () => {
  assert.equal(refusal(crafted({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })), undefined)
  assert.equal(refusal(crafted({ alg: 'EdDSA', typ: 'at+jwt' })), 'unknown_key')
  assert.equal(refusal(crafted({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid, crit: ['b64'], b64: false })), 'malformed')
})

test('a token from the future is refused beyond the tolerance for clocks, and times that are no whole numbers always', () => {
  assert.equal(refusal(token(), { now_s: NOW_S - 5 }), undefined)
  assert.equal(refusal(token(), { now_s: NOW_S - 6 }), 'not_yet_valid')
  assert.equal(refusal(token({ nbf: NOW_S + 6 })), 'not_yet_valid')
  assert.equal(refusal(token({ nbf: NOW_S + 6 }), { ahead_s: 6 }), undefined)
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.kid }
  for (const exp of [undefined, '1', 1.5, null, Number.MAX_VALUE]) {
    assert.equal(refusal(crafted(header, { ...claims, iat: NOW_S, exp })), 'malformed')
  }
  for (const payload of [[], 'text', null, 1]) assert.equal(refusal(crafted(header, payload)), 'malformed')
})

test('a token beyond 8 KiB is neither made nor read', () => {
  assert.throws(() => token({ padding: 'x'.repeat(LONGEST_JWT) }), RangeError)
  assert.equal(refusal('x'.repeat(LONGEST_JWT + 1)), 'too_long')
  for (const ttl_s of [0, -1, 1.5]) {
    assert.throws(() => signJwt(claims, { key, typ: 'at+jwt', ttl_s, now_s: NOW_S }), RangeError)
  }
})

test('an independent implementation reads our tokens, and we read its', async () => {
  const currentDate = new Date(NOW_S * 1000)
  const { payload } = await jwtVerify(token(), key.publicKey, {
    issuer: 'identity',
    audience: 'bank',
    typ: 'at+jwt',
    currentDate,
  })
  assert.equal(payload.sub, 'anna')
  const theirs = await new SignJWT({ sub: 'bert' })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })
    .setIssuer('identity')
    .setAudience('bank')
    .setIssuedAt(NOW_S)
    .setExpirationTime(NOW_S + 60)
    .sign(key.privateKey)
  assert.equal(refusal(theirs), undefined)
})
