import assert from 'node:assert/strict'
import type { Caller } from '#libs/contract/client.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { generateSigningKey, publicJwk } from '#libs/crypto/signing-keys.ts'
import { type Presented, TokenVerifier } from '#libs/http/verifier.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { type DpopKey, dpopKey, generateEcKey, publicEcJwk } from './bound-tokens.ts'

export const ORIGIN = 'https://bank.example.com'
export const NOW_S = 1_800_000_000
export const [people, thirdParties] = [generateSigningKey(), generateEcKey()]

type Signing = Partial<Parameters<typeof signJwt>[1]>

/** A verifier at the edge, on a clock that the test moves, over an identity that remembers what was spent. */
export async function openEdge({ jwks = [publicJwk(people), publicEcJwk(thirdParties)] }: { jwks?: unknown[] } = {}) {
  const state = { now_s: NOW_S, isAway: false, revoked: [] as string[], spent: new Set<string>() }
  const source = {
    keys: async () => jwks,
    revocations: async () => ({ session_ids: state.revoked, cursor: '1' }),
    isActive: async () => true,
    spendOnce: async ({ namespace, jti }: { namespace: string; jti: string }) => {
      if (state.isAway) throw new Error('ECONNREFUSED')
      const name = `${namespace} ${jti}`
      const isFirst = !state.spent.has(name)
      state.spent.add(name)
      return isFirst
    },
  }
  const isOurs = (origin: string): boolean => origin === ORIGIN
  const verifier = new TokenVerifier(source, () => state.now_s * 1000, isOurs)
  const key = await dpopKey()
  const token = (claims: Record<string, unknown> = {}, signing: Signing = {}): string => {
    const usual = { iss: ORIGIN, aud: `${ORIGIN}/api/v1`, sub: 'u1', customer_id: 'c1', sid: 's1', client_id: 'shop' }
    const granted = { scope: 'profile account_information', consent_id: 'k1', cnf: { jkt: key.jkt } }
    return signJwt(
      { ...usual, ...granted, ...claims },
      { key: thirdParties, typ: 'at+jwt', ttl_s: 900, now_s: NOW_S, ...signing },
    )
  }
  const shown = (change: Partial<Extract<Presented['shown'], { at: 'edge' }>> = {}): Presented['shown'] => ({
    ...{ at: 'edge', method: 'GET', path: '/api/v1/accounts?limit=5', origins: [ORIGIN] },
    ...{ dpop: undefined, certificate: null, ...change },
  })
  /** What becomes of a token that comes with a proof of the right key, but for what is wrong with it. */
  const withProof = async (
    presented: string,
    wrong: Partial<Parameters<DpopKey['proof']>[0]> = {},
    by: DpopKey = key,
  ): Promise<Caller> => {
    const right = { htm: 'GET', htu: `${ORIGIN}/api/v1/accounts`, token: presented, now_s: state.now_s }
    const dpop = await by.proof({ ...right, ...wrong })
    return verifier.verify(presented, { scheme: 'DPoP', shown: shown({ dpop }) })
  }
  return { verifier, state, key, token, shown, withProof }
}

/** `let in`, or the error word of the refusal; a Fault by its name. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'let in',
    (error: unknown) => {
      if (error instanceof Fault) return 'Fault'
      assert.ok(error instanceof Problem && error.kind.status === 401, String(error))
      return /error="(\w+)"/.exec(error.options.headers?.['www-authenticate'] ?? '')?.[1] ?? 'no word'
    },
  )
}
