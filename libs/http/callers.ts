import type { KeyObject } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { anonymous } from '#libs/contract/client.ts'
import { callerOfServiceToken, isServiceToken } from './remote.ts'
import type { CallerSource } from './routes.ts'
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
      return verifier.verify(token)
    },
  }
}
