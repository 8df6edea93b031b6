import type { Provider } from 'oidc-provider'
import type { Keeping } from '../store/oauth/adapter.ts'
import { spend } from '../store/oauth/artifacts.ts'
import { currentFlight } from './flight.ts'

/** The library asks and then writes, between which others ask, too; here the writing is the asking (RFC 7523 §3, RFC 9449 §11.1). */
export function makeReplaysAtomic(provider: Provider, { database, clock }: Keeping): void {
  const model = provider.ReplayDetection as unknown as {
    unique(iss: string, jti: string, exp: number): Promise<boolean>
  }
  model.unique = (iss, jti, exp) => {
    const expires_at = new Date(Math.max(exp * 1000, clock.wall.now().getTime()))
    return spend(currentFlight().tx ?? database.app, { namespace: `client ${iss}`, jti, expires_at })
  }
}

/** The library keeps no access token that is a JWT. Introspection and revocation need what it says, found by its `jti`. */
export function keepAccessTokens(provider: Provider): void {
  const model = provider.AccessToken as unknown as { IN_PAYLOAD: string[]; prototype: TokenMethods }
  const { getValueAndPayload } = model.prototype
  model.prototype.getValueAndPayload = async function (this: TokenMethods) {
    const { value } = await getValueAndPayload.call(this)
    const { iat, exp } = JSON.parse(Buffer.from(value.split('.')[1] as string, 'base64url').toString())
    const members = model.IN_PAYLOAD.map((name) => [name, this[name]]).filter(([, member]) => member !== undefined)
    return { value, payload: { ...Object.fromEntries(members), iat, exp } }
  }
}

interface TokenMethods {
  [member: string]: unknown
  getValueAndPayload(): Promise<{ value: string; payload?: Record<string, unknown> }>
}

/** Lets a grant carry `bank`. */
export function extendGrants(provider: Provider): void {
  const model = provider.Grant as unknown as { IN_PAYLOAD: string[] }
  const members = [...model.IN_PAYLOAD, 'bank']
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => members })
}
