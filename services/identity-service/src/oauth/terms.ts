import type { Provider } from 'oidc-provider'
import type { GrantDetail } from '#libs/contract/client.ts'
import type { KeyPair } from '#libs/crypto/key-pairs.ts'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import type { Keeping } from '../store/oauth/adapter.ts'

/** Seconds that a third party's access token is good for; no verifier's memory of revocations is shorter. */
export const ACCESS_TOKEN_S = 900
/** What an authorization server of one issuer is made from. */
export interface ProviderOptions {
  issuer: string
  isSandbox: boolean
  keeping: Keeping
  /** Of ES256, which signs access tokens, and of PS256, which signs the rest. */
  keyPairs: readonly KeyPair[]
  master: KeyProvider
  /** The origin at which certificates are asked for (RFC 8705 §5). */
  mtlsOrigin: string | undefined
  /** The user behind a `sub`, or undefined where he may not sign in any more. */
  findUser(user_id: string): Promise<{ customer_id: string | null } | undefined>
}

/** What the bank keeps beside the library's own members of a grant. */
export interface GrantedBy {
  session_id: string
  amr: string[]
  acr: string
  auth_time: number
  customer_id: string | null
}
/** A grant of the library with it. */
export type BankGrant = InstanceType<Provider['Grant']> & { bank?: GrantedBy; rar?: GrantDetail[] }

export const ROUTES = {
  authorization: '/api/v1/auth/authorize',
  token: '/api/v1/auth/token',
  pushed_authorization_request: '/api/v1/auth/par',
  introspection: '/api/v1/auth/introspect',
  revocation: '/api/v1/auth/revoke',
  jwks: '/api/v1/auth/jwks',
  registration: '/api/v1/auth/register-client',
  userinfo: '/api/v1/auth/userinfo',
  end_session: '/api/v1/auth/end-session',
} as const

/** The API that a third party's tokens are for. */
export function resourceOf(issuer: string): string {
  return `${issuer}/api/v1`
}

/** Seconds that a grant still stands, one at least. */
export function secondsLeftOf(grant: BankGrant | undefined): number {
  return Math.max(1, (grant?.exp ?? 0) - Math.floor(Date.now() / 1000))
}

/** How long an access token of a grant is good for: no token outlives the consent that it is given under. */
export function accessTokenLifeOf(grant: BankGrant | undefined): number {
  return grant === undefined ? ACCESS_TOKEN_S : Math.min(ACCESS_TOKEN_S, secondsLeftOf(grant))
}
