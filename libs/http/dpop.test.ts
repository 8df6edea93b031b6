import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { type DpopKey, dpopKey, generateEcKey } from '#libs/testing/bound-tokens.ts'
import { NOW_S, ORIGIN, openEdge, outcome } from '#libs/testing/edge-verifier.ts'

describe('a DPoP proof', () => {
  test('RFC 9449 4.3: for another request, token, key or moment is refused', async () => {
    const { token, key, withProof } = await openEdge()
    const [one, other] = [token(), token({ sid: 's2' })]
    const wrong: Record<string, Partial<Parameters<DpopKey['proof']>[0]>> = {
      'another method': { htm: 'POST' },
      'the method in small letters': { htm: 'get' },
      'another path': { htu: `${ORIGIN}/api/v1/transactions` },
      'a path below': { htu: `${ORIGIN}/api/v1/accounts/` },
      'another host': { htu: 'https://evil.example.com/api/v1/accounts' },
      'another scheme': { htu: 'http://bank.example.com/api/v1/accounts' },
      'another port': { htu: `${ORIGIN}:8443/api/v1/accounts` },
      'a name before the host': { htu: 'https://bank.example.com@evil.example.com/api/v1/accounts' },
      'a user before the host': { htu: 'https://evil@bank.example.com/api/v1/accounts' },
      'no target': { htu: '' },
      'another token': { token: other },
      'no token': { claims: { ath: undefined } },
      'too old': { claims: { iat: NOW_S - 11 } },
      'too new': { claims: { iat: NOW_S + 11 } },
      'no time': { claims: { iat: undefined } },
      'no name': { claims: { jti: undefined } },
      'an empty name': { claims: { jti: '' } },
      'an endless name': { claims: { jti: 'x'.repeat(257) } },
      'a time that is over': { claims: { exp: NOW_S - 1 } },
      'no type': { header: { typ: undefined } },
      'the type of a token': { header: { typ: 'at+jwt' } },
      'a header that must be understood': { header: { crit: ['b64'], b64: true } },
      'a private key in its header': { header: { jwk: key.privateKey.export({ format: 'jwk' }) } },
      'no key': { header: { jwk: undefined } },
      'the signature of another key': { signedBy: generateEcKey().privateKey },
    }
    for (const [what, how] of Object.entries(wrong))
      assert.equal(await outcome(withProof(one, how)), 'invalid_dpop_proof', what)
    assert.equal(await outcome(withProof(one, {}, await dpopKey())), 'invalid_dpop_proof', 'of another key')
    assert.equal(await outcome(withProof(one)), 'let in')
  })

  test('RFC 9449 4.3: without one, with two, or with what is none is refused', async () => {
    const { verifier, token, shown, key } = await openEdge()
    const one = token()
    const good = await key.proof({ htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: one, now_s: NOW_S })
    const secret = Buffer.from('a shared secret of 32 characters')
    const hmac = (header: object): string => {
      const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${good.split('.')[1]}`
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    }
    const oct = { kty: 'oct', k: secret.toString('base64url') }
    for (const dpop of [
      undefined,
      '',
      'nonsense',
      `${good}, ${good}`,
      `${good}.`,
      good.split('.').slice(0, 2).join('.'),
      hmac({ typ: 'dpop+jwt', alg: 'HS256', jwk: oct }),
      hmac({ typ: 'dpop+jwt', alg: 'none', jwk: key.jwk }),
      'a'.repeat(5_000),
    ])
      assert.equal(
        await outcome(verifier.verify(one, { scheme: 'DPoP', shown: shown({ dpop }) })),
        'invalid_dpop_proof',
        String(dpop),
      )
    assert.equal(await outcome(verifier.verify(one, { scheme: 'DPoP', shown: shown({ dpop: good }) })), 'let in')
  })

  test('RFC 9449 4.3: holds however its target is spelt, and by each of the algorithms', async () => {
    const { token, withProof } = await openEdge()
    for (const htu of [
      'HTTPS://BANK.example.COM/api/v1/accounts',
      'https://bank.example.com:443/api/v1/accounts',
      `${ORIGIN}/api/v1/accounts?limit=7#there`,
      `${ORIGIN}/api/v1/%61ccounts`,
      `${ORIGIN}/api/v1/x/../accounts`,
    ])
      assert.equal(await outcome(withProof(token(), { htu })), 'let in', htu)
    for (const iat of [NOW_S - 10, NOW_S + 10])
      assert.equal(await outcome(withProof(token(), { claims: { iat } })), 'let in')
    for (const alg of ['ES256', 'EdDSA', 'PS256'] as const) {
      const key = await dpopKey(alg)
      assert.equal(await outcome(withProof(token({ cnf: { jkt: key.jkt } }), {}, key)), 'let in', alg)
    }
  })

  test('RFC 9449 11.1: counts once, among 8 at the same moment, 100 times over', async () => {
    const { verifier, token, shown, key } = await openEdge()
    const one = token()
    for (let round = 0; round < 100; round++) {
      const dpop = await key.proof({ htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: one, now_s: NOW_S })
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => outcome(verifier.verify(one, { scheme: 'DPoP', shown: shown({ dpop }) }))),
      )
      assert.deepEqual(outcomes.toSorted(), [...Array(7).fill('invalid_dpop_proof'), 'let in'])
    }
  })

  test('is not spent by whoever has no good token for it, and counts for nobody while it cannot be spent', async () => {
    const { state, verifier, token, shown, key, withProof } = await openEdge()
    const one = token()
    const dpop = await key.proof({ htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: one, now_s: NOW_S })
    const other = await outcome(verifier.verify(token({ sid: 's9' }), { scheme: 'DPoP', shown: shown({ dpop }) }))
    assert.deepEqual([other, state.spent.size], ['invalid_dpop_proof', 0])
    state.isAway = true
    assert.equal(await outcome(withProof(one)), 'Fault')
    state.isAway = false
    assert.equal(await outcome(verifier.verify(one, { scheme: 'DPoP', shown: shown({ dpop }) })), 'let in')
  })
})
