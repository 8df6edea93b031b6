import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { ORIGIN_HEADER } from './raw.ts'
import { callerOfServiceToken, isServiceToken } from './remote.ts'
import type { CallerSource } from './routes.ts'
import { STEP_UP_HEADER, withProof } from './step-up.ts'
import type { TokenVerifier } from './verifier.ts'

/** The bearer token of a request, or undefined. */
export function bearerOf(request: FastifyRequest): string | undefined {
  const found = /^Bearer ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(request.headers.authorization ?? '')
  return found?.[1]
}

interface ServiceTokens {
  audience: string
  keysOfService(service: string): ReadonlyMap<string, KeyObject>
  nowS(): number
}

/** Callers by bearer token: users everywhere; other services only where `services` says how their tokens are checked. */
export function callersBy(verifier: TokenVerifier, services?: ServiceTokens): CallerSource {
  return {
    confirm: (caller) => verifier.confirm(caller),
    callerOf: async (request) => {
      const token = bearerOf(request)
      if (token === undefined) return anonymous
      if (services !== undefined && isServiceToken(token))
        return callerOfServiceToken(token, services.audience, services.keysOfService, services.nowS())
      return withProof(await verifier.verify(token), request.headers[STEP_UP_HEADER], verifier)
    },
  }
}

/** The header in which the gateway shows, by a service token of its own, that a request went through it. */
export const GATEWAY_HEADER = 'x-bankflow-gateway'

/**
 * Callers on a listener of services: users and strangers only behind the token of `gateway`, at the address that it forwards; other services
 * by their own token. What comes through the gateway is never a service, whatever bearer it has.
 */
export function callersBehindGateway(verifier: TokenVerifier, services: ServiceTokens, gateway: string): CallerSource {
  const people = callersBy(verifier)
  const peers = callersBy(verifier, services)
  const forwarded = new WeakSet<object>()
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
      const { service } = callerOfServiceToken(
        String(header),
        services.audience,
        services.keysOfService,
        services.nowS(),
      )
      if (service !== gateway) throw new Problem(platformProblems.UNAUTHENTICATED)
      forwarded.add(request.raw)
    },
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
