import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey, publicJwk } from '#libs/crypto/signing-keys.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { FIRST_PARTY, TokenVerifier } from './verifier.ts'

const key = generateSigningKey()

/** A verifier on a clock and an identity service that the test moves. */
function openVerifier() {
  const identity = { revoked: [] as string[], isAway: false, asked: 0, keysAsked: 0, active: new Set(['s1']) }
  let nowMs = 1_000_000
  const unlessAway = <T>(answer: T): Promise<T> =>
    identity.isAway ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(answer)
  const source = {
    keys: () => {
      identity.keysAsked += 1
      return unlessAway([publicJwk(key)])
    },
    revocations: (after: string | null) =>
      unlessAway({ session_ids: identity.revoked.slice(Number(after ?? 0)), cursor: String(identity.revoked.length) }),
    isActive: (session_id: string) => {
      identity.asked += 1
      return unlessAway(identity.active.has(session_id))
    },
  }
  const verifier = new TokenVerifier(source, () => nowMs)
  const pass = (ms: number): void => {
    nowMs += ms
  }
  const token = (
    claims: Record<string, unknown> = {},
    options: Partial<Parameters<typeof signJwt>[1]> = {},
  ): string => {
    const first = { iss: FIRST_PARTY.issuer, aud: FIRST_PARTY.audience, sub: 'u1', sid: 's1', roles: ['customer', 7] }
    return signJwt({ ...first, ...claims }, { key, typ: FIRST_PARTY.typ, ttl_s: 900, now_s: nowMs / 1000, ...options })
  }
  return { verifier, identity, pass, token }
}

async function status(work: Promise<unknown>): Promise<number | 'Fault' | 'let in'> {
  return work.then(
    () => 'let in' as const,
    (error: unknown) => {
      if (error instanceof Fault) return 'Fault'
      assert.ok(error instanceof Problem, String(error))
      return error.kind.status
    },
  )
}

describe('a bearer token', () => {
  test('becomes the caller it names', async () => {
    const { verifier, token } = openVerifier()
    const caller = await verifier.verify(
      token({ customer_id: 'c1', amr: ['pwd'], kind: 'service', service: 'ledger-service' }),
    )
    const { kind, sub, roles, customer_id, session_id, service } = caller
    assert.deepEqual(
      [kind, sub, roles, customer_id, session_id, service],
      ['user', 'u1', ['customer'], 'c1', 's1', null],
    )
  })

  test('that is no token, of another key, issuer, audience or purpose is refused, all in the same words', async () => {
    const { verifier, token } = openVerifier()
    const foreign = [
      'x.y.z',
      token({}, { key: generateSigningKey() }),
      token({ iss: 'urn:somebody:else' }),
      token({ aud: 'bankflow-third-party' }),
      token({}, { typ: 'service+jwt' }),
      `${token().slice(0, -8)}AAAAAAAA`,
    ]
    const words = new Set<string>()
    for (const one of foreign) {
      assert.equal(await status(verifier.verify(one)), 401)
      const error = await verifier.verify(one).catch((thrown: unknown) => thrown)
      words.add(JSON.stringify((error as Problem).options))
    }
    assert.equal(words.size, 1)
  })

  test('ends with its time, also when it was seen before', async () => {
    const { verifier, token, pass } = openVerifier()
    const [seen, unseen] = [token(), token({ sub: 'u2' })]
    await verifier.verify(seen)
    pass(900_000)
    assert.deepEqual([await status(verifier.verify(seen)), await status(verifier.verify(unseen))], [401, 401])
  })

  test('of a revoked session is refused as soon as the feed says so, also when it was seen before', async () => {
    const { verifier, identity, token } = openVerifier()
    const [mine, other] = [token(), token({ sid: 's2' })]
    await verifier.verify(mine)
    identity.revoked.push('s1')
    await verifier.refresh()
    assert.deepEqual([await status(verifier.verify(mine)), await status(verifier.verify(other))], [401, 'let in'])
  })

  test('is a Fault while the keys of identity cannot be had, and unknown keys are not asked for again and again', async () => {
    const { verifier, identity, token, pass } = openVerifier()
    identity.isAway = true
    assert.equal(await status(verifier.verify(token())), 'Fault')
    identity.isAway = false
    pass(2_000)
    assert.equal(await status(verifier.verify(token())), 'let in')
    const before = identity.keysAsked
    const forged = token({}, { key: generateSigningKey() })
    for (let i = 0; i < 10; i++) assert.equal(await status(verifier.verify(forged)), 401)
    assert.ok(identity.keysAsked - before <= 1)
  })

  test('of a key that nobody knows, many at once, is one question to identity', async () => {
    const { verifier, identity, token } = openVerifier()
    const forged = Array.from({ length: 50 }, () => token({}, { key: generateSigningKey() }))
    const outcomes = await Promise.all(forged.map((one) => status(verifier.verify(one))))
    assert.deepEqual([new Set(outcomes), identity.keysAsked], [new Set([401]), 1])
  })
})

describe('before money moves', () => {
  test('a fresh feed is believed, a stale one is renewed', async () => {
    const { verifier, identity, token, pass } = openVerifier()
    const caller = await verifier.verify(token())
    await verifier.refresh()
    pass(1_000)
    assert.deepEqual([await status(verifier.confirm(caller)), identity.asked], ['let in', 0])
    identity.revoked.push('s1')
    pass(1)
    assert.deepEqual([await status(verifier.confirm(caller)), identity.asked], [401, 0])
  })

  test('a feed that stays stale means that identity is asked, and without its answer nothing moves', async () => {
    const { verifier, identity, token } = openVerifier()
    const caller = await verifier.verify(token())
    const source = verifier as unknown as { refresh(): Promise<void> }
    source.refresh = () => Promise.resolve()
    assert.deepEqual([await status(verifier.confirm(caller)), identity.asked], ['let in', 1])
    identity.active.clear()
    assert.equal(await status(verifier.confirm(caller)), 401)
    identity.isAway = true
    assert.equal(await status(verifier.confirm(caller)), 'Fault')
    assert.equal(await status(verifier.confirm({ ...caller, session_id: null })), 401)
  })
})
