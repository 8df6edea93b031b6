import { hash, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { peerCertificateOf } from './peer-certificate.ts'
import { ORIGIN_HEADER } from './raw.ts'
import { callerOfServiceToken, isServiceToken, type Vouched, vouchedByToken } from './remote.ts'
import type { CallerSource } from './routes.ts'
import { STEP_UP_HEADER, withProof } from './step-up.ts'
import type { Presented, Shown, TokenVerifier } from './verifier.ts'

const CREDENTIAL = /^(Bearer|DPoP) ([A-Za-z0-9._~+/=-]{1,8192})$/i

/** The access token of a request and the scheme it came by, or undefined. */
function credentialOf({ headers }: FastifyRequest): { scheme: Presented['scheme']; token: string } | undefined {
  const [, scheme, token] = CREDENTIAL.exec(headers.authorization ?? '') ?? []
  return token === undefined ? undefined : { scheme: scheme?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
}

/** The bearer token of a request, or undefined. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const credential = credentialOf(request)
  return credential?.scheme === 'Bearer' ? credential.token : undefined
}

interface ServiceTokens {
  audience: string
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
  nowS(): number
}

/** Nothing was seen beside the token itself: what is bound to a key or a certificate is then refused. */
const NOTHING_SHOWN: Shown = { at: 'service', pop: null }

/** Callers by token: users everywhere; other services only where `services` says how their tokens are checked. */
export function callersBy(
  verifier: TokenVerifier,
  services?: ServiceTokens,
  shownBy: (request: FastifyRequest) => Shown = () => NOTHING_SHOWN,
): CallerSource {
  return {
    confirm: (caller) => verifier.confirm(caller),
    callerOf: async (request) => {
      const credential = credentialOf(request)
      if (credential === undefined) return anonymous
      const { scheme, token } = credential
      if (services !== undefined && isServiceToken(token))
        return callerOfServiceToken(token, services.audience, services.keysOfService, services.nowS())
      const caller = await verifier.verify(token, { scheme, shown: shownBy(request) })
      return withProof(caller, request.headers[STEP_UP_HEADER], verifier)
    },
  }
}

/** Callers at the gateway, who show there what their tokens are bound to. */
export interface EdgeCallers extends CallerSource {
  certificateOf(request: FastifyRequest): string | null
  /**
   * The access token (SHA-256) of a request that is bound to something, once the possession of it has been seen; null for any other. Throws as
   * `callerOf` does.
   */
  vouchedFor(request: FastifyRequest): Promise<string | null>
}

/**
 * Callers at the edge: the only place where proofs and certificates are looked at, once for each request however often it is asked who is
 * behind it. `originsOf` says at which origins the request may have been meant for.
 */
export function callersAtEdge(
  verifier: TokenVerifier,
  originsOf: (request: FastifyRequest) => readonly string[],
): EdgeCallers {
  const seen = new WeakMap<object, Promise<Caller>>()
  const atFirst = callersBy(verifier, undefined, (request) => ({
    at: 'edge',
    method: request.method,
    path: request.url,
    origins: originsOf(request),
    // Two proofs are none: Node puts a comma between them, which no proof has.
    dpop: request.headers.dpop?.toString(),
    certificate: peerCertificateOf(request)?.thumbprint ?? null,
  }))
  // A proof counts once. That the same request had one is remembered with it; time and revocation of its token are looked at each time.
  const again = callersBy(verifier, undefined, (request) => ({ at: 'service', pop: tokenHashOf(request) }))
  const callerOf = async (request: FastifyRequest): Promise<Caller> => {
    const first = seen.get(request.raw)
    if (first !== undefined) {
      await first
      return again.callerOf(request)
    }
    const asked = atFirst.callerOf(request)
    seen.set(request.raw, asked)
    return asked
  }
  return {
    confirm: atFirst.confirm,
    callerOf,
    certificateOf: (request) => peerCertificateOf(request)?.pem ?? null,
    vouchedFor: async (request) => {
      const { grant } = await callerOf(request)
      const isBound = grant?.kind === 'third_party' || credentialOf(request)?.scheme === 'DPoP'
      return isBound ? tokenHashOf(request) : null
    },
  }
}

function tokenHashOf(request: FastifyRequest): string | null {
  const credential = credentialOf(request)
  return credential === undefined ? null : hash('sha256', credential.token, 'base64url')
}

/** The header in which the gateway shows, by a service token of its own, that a request went through it. */
export const GATEWAY_HEADER = 'x-bankflow-gateway'

/** The header in which the gateway says, beside its token, that a lagging copy of the data may answer (`0`); without it none may. */
export const FRESH_HEADER = 'x-bankflow-fresh'

/**
 * Callers on a listener of services: users and strangers only behind the token of `gateway`, at the address that it forwards; other services
 * by their own token. What comes through the gateway is never a service, whatever bearer it has.
 */
export function callersBehindGateway(verifier: TokenVerifier, services: ServiceTokens, gateway: string): CallerSource {
  const forwarded = new WeakMap<object, Vouched>()
  const people = callersBy(verifier, undefined, ({ raw }) => ({
    at: 'service',
    pop: forwarded.get(raw)?.pop ?? null,
  }))
  const peers = callersBy(verifier, services)
  const admitted = new WeakMap<object, Caller>()
  return {
    confirm: people.confirm,
    callerOf: async (request) =>
      admitted.get(request.raw) ?? (forwarded.has(request.raw) ? people : peers).callerOf(request),
    admit: async (request) => {
      const header = request.headers[GATEWAY_HEADER]
      if (header === undefined) {
        // Without the gateway only a genuine service is admitted, to public operations as well.
        if (!isServiceToken(bearerOf(request) ?? '')) throw new Problem(platformProblems.UNAUTHENTICATED)
        admitted.set(request.raw, await peers.callerOf(request))
        return
      }
      const { audience, keysOfService, nowS } = services
      const vouched = vouchedByToken(String(header), audience, keysOfService, nowS())
      if (vouched.service !== gateway) throw new Problem(platformProblems.UNAUTHENTICATED)
      forwarded.set(request.raw, vouched)
    },
    certificateOf: (request) => forwarded.get(request.raw)?.certificate ?? null,
    // What a service asks for itself is always of now: it decides by it.
    isFresh: (request) => !(forwarded.has(request.raw) && request.headers[FRESH_HEADER] === '0'),
    originOf: (request) => {
      const origin = request.headers[ORIGIN_HEADER]
      return forwarded.has(request.raw) && typeof origin === 'string' ? origin : `${request.protocol}://${request.host}`
    },
    addressOf: (request) => {
      const address = request.headers['x-forwarded-for']
      return forwarded.has(request.raw) && typeof address === 'string' && isIP(address) > 0 ? address : request.ip
    },
  }
}
