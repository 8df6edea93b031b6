import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, hash, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { signJwt } from '#libs/crypto/jwt.ts'
import { publicJwk } from '#libs/crypto/signing-keys.ts'
import { Problem } from '#libs/problem/problem.ts'
import { generateEcKey, publicEcJwk } from '#libs/testing/bound-tokens.ts'
import { NOW_S, ORIGIN, openEdge, outcome, people, thirdParties } from '#libs/testing/edge-verifier.ts'
import { FIRST_PARTY, type Presented } from './verifier.ts'

const CERTIFICATE = hash('sha256', 'a certificate', 'base64url')
const OTHER_CERTIFICATE = hash('sha256', 'another certificate', 'base64url')

describe("a third party's access token", () => {
  test('RFC 9068 4: becomes the caller it names with what was granted, a customer whatever roles it claims', async () => {
    const { token, withProof } = await openEdge()
    const details = [{ type: 'account_access', actions: ['accounts'], account_ids: ['a1'] }, 'nonsense', { no: 'type' }]
    const caller = await withProof(
      token({ roles: ['admin'], authorization_details: details, amr: ['pwd'], acr: '3', auth_time: NOW_S }),
    )
    assert.deepEqual([caller.kind, caller.sub, caller.customer_id, caller.session_id], ['user', 'u1', 'c1', 's1'])
    assert.deepEqual([caller.roles, caller.client_id, caller.acr], [['customer'], 'shop', '3'])
    assert.deepEqual(caller.grant, {
      kind: 'third_party',
      scopes: ['profile', 'account_information'],
      consent_id: 'k1',
      details: details.slice(0, 1),
    })
  })

  test('RFC 9700 2.2.1, RFC 9449 7.1: is refused as a bearer, and a token of the bank itself in its scheme', async () => {
    const { verifier, token, shown, withProof } = await openEdge()
    assert.equal(await outcome(withProof(token())), 'let in')
    assert.equal(await outcome(verifier.verify(token(), { scheme: 'Bearer', shown: shown() })), 'invalid_token')
    assert.equal(await outcome(verifier.verify(token())), 'invalid_token')
    const own = { iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience, sub: 'u1', sid: 's1', roles: ['customer'] }
    const first = signJwt(own, { key: people, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S })
    assert.equal(await outcome(verifier.verify(first)), 'let in')
    assert.equal(await outcome(withProof(first)), 'invalid_token')
  })

  test('RFC 9700 2.2.1: that is bound to nothing, or to what nobody here can check, is refused', async () => {
    const { verifier, token, shown, withProof } = await openEdge()
    for (const cnf of [undefined, {}, null, 'jkt', { jkt: 7 }, { jkt: '' }, { kid: 'mine' }, { jkt: 'x', jwe: 'y' }]) {
      assert.equal(
        await outcome(verifier.verify(token({ cnf }), { scheme: 'Bearer', shown: shown() })),
        'invalid_token',
      )
      assert.equal(await outcome(withProof(token({ cnf }))), 'invalid_token')
    }
    const client = { iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience, sub: 'u1', sid: 's1', client_id: 'shop' }
    const bare = signJwt(client, { key: people, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S })
    assert.equal(await outcome(verifier.verify(bare, { scheme: 'Bearer', shown: shown() })), 'invalid_token')
  })

  test('RFC 9068 4, RFC 9700 2.3: of another issuer, audience, use or without session is refused', async () => {
    const { token, withProof } = await openEdge()
    const wrong = [
      token({ iss: 'https://evil.example.com', aud: 'https://evil.example.com/api/v1' }),
      token({ iss: `${ORIGIN}.evil.example` }),
      token({ aud: ORIGIN }),
      token({ aud: FIRST_PARTY.audience }),
      token({ iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience }),
      token({}, { typ: 'JWT' }),
      token({ sid: undefined }),
      token({ sub: undefined }),
      token({ client_id: undefined }),
    ]
    for (const one of wrong) assert.equal(await outcome(withProof(one)), 'invalid_token')
  })

  test('RFC 8725 3.12, RFC 9700 2.3: an ID token, a step-up proof, a service token or a proof is no access token', async () => {
    const { verifier, token, shown, key, withProof } = await openEdge()
    const claims = { iss: FIRST_PARTY.issuer, sub: 'u1', sid: 's1', roles: ['customer'] }
    const others = [
      token({ aud: 'shop' }, { typ: 'JWT' }),
      signJwt({ ...claims, aud: 'bankflow-step-up' }, { key: people, typ: 'step-up+jwt', ttl_s: 60, now_s: NOW_S }),
      signJwt({ ...claims, aud: 'account-service' }, { key: people, typ: 'service+jwt', ttl_s: 60, now_s: NOW_S }),
      await key.proof({ htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: token(), now_s: NOW_S }),
    ]
    for (const one of others) {
      assert.equal(await outcome(verifier.verify(one, { scheme: 'Bearer', shown: shown() })), 'invalid_token')
      assert.equal(await outcome(withProof(one)), 'invalid_token')
    }
    await assert.rejects(verifier.claimsOf(token(), { typ: 'step-up+jwt', audience: 'bankflow-step-up' }), Problem)
    const right = { typ: 'step-up+jwt', audience: 'bankflow-step-up' }
    assert.equal((await verifier.claimsOf(others[1] as string, right)).sub, 'u1')
  })

  test('ends with its time and its session, also when it was seen before', async () => {
    const { state, token, verifier, withProof } = await openEdge()
    const one = token()
    assert.equal(await outcome(withProof(one)), 'let in')
    state.revoked.push('s1')
    await verifier.refresh()
    assert.equal(await outcome(withProof(one)), 'invalid_token')
    assert.equal(await outcome(withProof(token({ sid: 's2' }))), 'let in')
    const other = token({ sid: 's3' })
    assert.equal(await outcome(withProof(other)), 'let in')
    state.now_s += 900
    assert.equal(await outcome(withProof(other)), 'invalid_token')
  })

  test('behind the edge counts only when the gateway vouches for exactly this token', async () => {
    const { verifier, token } = await openEdge()
    const one = token()
    const vouched = (pop: string | null): Promise<string> =>
      outcome(verifier.verify(one, { scheme: 'DPoP', shown: { at: 'service', pop } }))
    assert.equal(await vouched(hash('sha256', one, 'base64url')), 'let in')
    assert.equal(await vouched(hash('sha256', token({ sid: 's2' }), 'base64url')), 'invalid_token')
    assert.equal(await vouched(null), 'invalid_token')
  })
})

describe('the algorithm and the key of a token', () => {
  const forged = (header: object, sign: (signed: string) => string, claims: object = {}): string => {
    const usual = { iss: ORIGIN, aud: `${ORIGIN}/api/v1`, sub: 'u1', sid: 's1', client_id: 'shop', cnf: { jkt: 'x' } }
    const payload = { ...usual, iat: NOW_S, exp: NOW_S + 900, ...claims }
    const signed = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${sign(signed)}`
  }

  test('RFC 8725 3.1, ASVS 3.5.3: no token signed with a public key as a secret, or with nothing, is taken', async () => {
    const { verifier, withProof } = await openEdge()
    const [ecPem, edPem] = [thirdParties, people].map(({ publicKey }) =>
      publicKey.export({ format: 'pem', type: 'spki' }),
    )
    for (const [secret, kid] of [
      [ecPem, thirdParties.kid],
      [edPem, people.kid],
    ] as const) {
      for (const alg of ['HS256', 'hs256', 'none', 'NONE', 'RS256', 'ES256K', '']) {
        const text = forged({ alg, typ: 'at+jwt', kid }, (signed) =>
          createHmac('sha256', secret as string)
            .update(signed)
            .digest('base64url'),
        )
        assert.equal(await outcome(verifier.verify(text)), 'invalid_token', alg)
        assert.equal(await outcome(withProof(text)), 'invalid_token', alg)
      }
      const unsigned = forged({ alg: 'none', typ: 'at+jwt', kid }, () => '')
      assert.equal(await outcome(verifier.verify(unsigned)), 'invalid_token')
    }
  })

  test('RFC 8725 3.1, 3.2: a key signs for its own family alone, under whatever name of an algorithm', async () => {
    const { verifier, token, withProof } = await openEdge()
    const first = { iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience, sub: 'u1', sid: 's1', roles: ['admin'] }
    const bySigner = signJwt(first, { key: thirdParties, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S })
    assert.equal(await outcome(verifier.verify(bySigner)), 'invalid_token')
    assert.equal(await outcome(withProof(token({}, { key: people }))), 'invalid_token')
    // The key of people under the name of that of third parties, and the other way round.
    assert.equal(await outcome(withProof(token({}, { key: { ...people, kid: thirdParties.kid } }))), 'invalid_token')
    const renamed = { ...thirdParties, kid: people.kid }
    const own = signJwt(first, { key: renamed, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S })
    assert.equal(await outcome(verifier.verify(own)), 'invalid_token')
  })

  test('RFC 8725 3.1: an algorithm is never used with a key of another kind that its kid names', async () => {
    const { verifier, withProof } = await openEdge()
    for (const [alg, kid, key] of [
      ['ES256', people.kid, thirdParties],
      ['EdDSA', thirdParties.kid, people],
    ] as const) {
      const dsaEncoding = 'ieee-p1363'
      const text = forged({ alg, typ: 'at+jwt', kid }, (signed) =>
        sign(alg === 'ES256' ? 'sha256' : null, Buffer.from(signed), { key: key.privateKey, dsaEncoding }).toString(
          'base64url',
        ),
      )
      assert.equal(await outcome(verifier.verify(text)), 'invalid_token', alg)
      assert.equal(await outcome(withProof(text)), 'invalid_token', alg)
    }
  })

  test('RFC 8725 3.10, ASVS 5.3.4: a kid is a name among our own keys and nothing else', async () => {
    const { token, withProof } = await openEdge()
    const mine = generateEcKey()
    for (const kid of [
      mine.kid,
      '../../../../dev/null',
      "' union select 'key",
      'https://evil.example.com/jwks',
      '__proto__',
      'constructor',
      '',
    ])
      assert.equal(await outcome(withProof(token({}, { key: { ...mine, kid } }))), 'invalid_token', kid)
  })

  test('RFC 7515 4.1, RFC 8725 3.10: a key that a header brings along is not used, though a kid of ours stands beside it', async () => {
    const { withProof } = await openEdge()
    const mine = generateEcKey()
    const jwk = publicEcJwk(mine)
    const brought = { jku: 'https://evil.example.com/jwks', x5u: 'https://evil.example.com/x', jwk, x5c: ['AAAA'] }
    for (const [name, value] of Object.entries(brought)) {
      for (const key of [mine, thirdParties]) {
        const header = { alg: 'ES256', typ: 'at+jwt', kid: thirdParties.kid, [name]: value }
        const text = forged(header, (signed) =>
          sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
        )
        assert.equal(await outcome(withProof(text)), 'invalid_token', name)
      }
    }
  })

  test('RFC 8725 3.4: a set with two keys of one name, or one that contradicts itself, is not used at all', async () => {
    const twin = { ...publicEcJwk(generateEcKey()), kid: thirdParties.kid }
    const offCurve = { ...publicEcJwk(thirdParties), x: Buffer.alloc(32, 1).toString('base64url') }
    const p384 = { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }), kid: 'k' }
    for (const poison of [twin, offCurve, p384, { ...publicEcJwk(thirdParties), alg: 'HS256' }]) {
      const { token, withProof } = await openEdge({ jwks: [publicJwk(people), publicEcJwk(thirdParties), poison] })
      assert.equal(await outcome(withProof(token())), 'Fault')
    }
    const rsa = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }), kid: 'r' }
    const { token, withProof } = await openEdge({ jwks: [publicEcJwk(thirdParties), rsa] })
    assert.equal(await outcome(withProof(token())), 'let in', 'keys for something else are left out')
  })
})

describe('a certificate', () => {
  test('RFC 8705 3: only the connection with the one that a token is bound to may use it', async () => {
    const { verifier, token, shown } = await openEdge()
    const bound = token({ cnf: { 'x5t#S256': CERTIFICATE } })
    const by = (certificate: string | null, scheme: Presented['scheme'] = 'Bearer'): Promise<string> =>
      outcome(verifier.verify(bound, { scheme, shown: shown({ certificate }) }))
    assert.equal(await by(CERTIFICATE), 'let in')
    assert.equal(await by(OTHER_CERTIFICATE), 'invalid_token')
    assert.equal(await by(null), 'invalid_token')
    assert.equal(await by(CERTIFICATE, 'DPoP'), 'invalid_token')
  })

  test('does not stand in for a key, nor a key for it, where a token is bound to both', async () => {
    const { verifier, token, shown, key, withProof } = await openEdge()
    const both = token({ cnf: { jkt: key.jkt, 'x5t#S256': CERTIFICATE } })
    assert.equal(await outcome(withProof(both)), 'invalid_token')
    const scheme = 'DPoP'
    const presented = { scheme, shown: shown({ certificate: CERTIFICATE }) } as const
    assert.equal(await outcome(verifier.verify(both, presented)), 'invalid_dpop_proof')
    const dpop = await key.proof({ htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: both, now_s: NOW_S })
    assert.equal(
      await outcome(verifier.verify(both, { scheme, shown: shown({ certificate: CERTIFICATE, dpop }) })),
      'let in',
    )
  })
})
