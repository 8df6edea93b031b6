import type { Configuration, Provider as ProviderType } from 'oidc-provider'
import { privateJwkOf } from '#libs/crypto/key-pairs.ts'
import { askOutside } from '../outside.ts'
import { adapterOver } from '../store/oauth/adapter.ts'
import { EXTRA_METADATA } from '../store/oauth/clients.ts'
import { COOKIES } from './cookies.ts'
import { errors, interactionPolicy, Provider } from './library.ts'
import { featuresOf } from './provider-features.ts'
import { extendGrants, keepAccessTokens, makeReplaysAtomic } from './provider-models.ts'
import { CLIENT_SCOPES, SIGNING_ALGORITHMS } from './registration/registration-policy.ts'
import { errorScreen, SCREEN_CSP } from './screens.ts'
import {
  ACCESS_TOKEN_S,
  accessTokenLifeOf,
  type BankGrant,
  type ProviderOptions,
  ROUTES,
  resourceOf,
  secondsLeftOf,
} from './terms.ts'

/** FAPI 2.0 Security Profile §5.3.2.1: a code is good for 60 seconds at most. */
const CODE_S = 60
const INTERACTION_S = 900
/** A browser stays signed in between two requests of third parties for this long; a payment is confirmed anew all the same. */
const BROWSER_SESSION_S = 600
/** Where no consent says less: RTS on strong customer authentication, art. 10 as amended in 2022. */
const LONGEST_CONSENT_S = 180 * 86_400
const JWKS_TIMEOUT_MS = 2_500
const JWKS_BYTES = 64 * 1024

/** An authorization server of the FAPI profiles (2.0, and 1.0 Advanced for clients that it was opened for) at one issuer. */
export function createProvider(options: ProviderOptions): ProviderType {
  const provider = new Provider(options.issuer, configurationOf(options))
  // The host and the scheme are the engine's own words (see `handle`), never a client's.
  provider.proxy = true
  makeReplaysAtomic(provider, options.keeping)
  keepAccessTokens(provider)
  extendGrants(provider)
  return provider
}

function configurationOf(options: ProviderOptions): Configuration {
  const { issuer, keyPairs, master, keeping } = options
  return {
    adapter: adapterOver(keeping),
    jwks: { keys: keyPairs.map((pair) => privateJwkOf(pair)) } as unknown as NonNullable<Configuration['jwks']>,
    routes: ROUTES,
    ...namesOf(),
    ...clientsOf(options.isSandbox),
    ...lives(),
    cookies: {
      names: COOKIES,
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
      keys: [master.derive('authorization server cookies').toString('base64url')],
    },
    interactions: {
      policy: interactionPolicy.base(),
      url: (_ctx, interaction) => `/api/v1/auth/interaction/${interaction.uid}`,
    },
    findAccount: async (_ctx, sub) => {
      const user = await options.findUser(sub)
      return user && { accountId: sub, claims: () => ({ sub }) }
    },
    extraTokenClaims: (ctx, token) =>
      claimsOf(ctx.oidc.entities.Grant as BankGrant | undefined, token as { sid?: string }),
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.set('content-security-policy', SCREEN_CSP)
      ctx.body = errorScreen(out)
    },
    discovery: aliases(options.mtlsOrigin),
    features: featuresOf(options, resourceOf(issuer)),
  }
}

/** What may be asked for, and in which ways. */
function namesOf(): Configuration {
  return {
    scopes: [...CLIENT_SCOPES],
    claims: { openid: ['sub'], acr: null, auth_time: null, iss: null, sid: null },
    acrValues: ['1', '2', '3'],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    enabledJWA: algorithms(),
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (ctx, client) => needsPkce(ctx.oidc.route, client) },
  }
}

/**
 * RFC 9700 §2.1.1: every code is bound to who asked for it. FAPI 1.0 Advanced binds it by the nonce of a signed request, and asks for PKCE where
 * that is pushed (§5.2.2-18); its clients need not know more.
 */
function needsPkce(route: string, client: object): boolean {
  const isOld = 'fapi_profile' in client && client.fapi_profile === '1.0'
  return !isOld || route === 'pushed_authorization_request'
}

/** Clients: never a shared secret. The library's own defaults would ask for RS256, of which the bank has no key. */
function clientsOf(isSandbox: boolean): Configuration {
  return {
    clientAuthMethods: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    clientDefaults: {
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: 'PS256',
      authorization_signed_response_alg: 'PS256',
      introspection_signed_response_alg: 'PS256',
    },
    extraClientMetadata: { properties: [...EXTRA_METADATA] },
    clientBasedCORS: () => false,
    fetch: (url) => fetchKeys(String(url), isSandbox),
  }
}

/** How long things live, and what ends with them. */
function lives(): Configuration {
  return {
    ttl: {
      AccessToken: (ctx) => accessTokenLifeOf(ctx.oidc.entities.Grant as BankGrant | undefined),
      AuthorizationCode: CODE_S,
      ClientCredentials: CODE_S,
      BackchannelAuthenticationRequest: CODE_S,
      DeviceCode: CODE_S,
      PreAuthorizedCode: CODE_S,
      IdToken: ACCESS_TOKEN_S,
      Interaction: INTERACTION_S,
      Session: BROWSER_SESSION_S,
      Grant: LONGEST_CONSENT_S,
      // It lives as long as the consent, whose session ends it; it is never rotated (FAPI 2.0 §5.3.2.1), and bound to its client.
      RefreshToken: (ctx) => secondsLeftOf(ctx?.oidc.entities.Grant as BankGrant | undefined),
    },
    rotateRefreshToken: false,
    expiresWithSession: () => false,
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') && source.scopes.has('account_information'),
    // Whoever gives a token back ends what was allowed: access tokens are verified without asking here, and follow the consent's session.
    revokeGrantPolicy: () => true,
  }
}

function algorithms(): NonNullable<Configuration['enabledJWA']> {
  const own = ['PS256', 'ES256'] as const
  const theirs = [...SIGNING_ALGORITHMS]
  return {
    clientAuthSigningAlgValues: [...theirs],
    requestObjectSigningAlgValues: [...theirs],
    dPoPSigningAlgValues: [...theirs],
    idTokenSigningAlgValues: [...own],
    authorizationSigningAlgValues: [...own],
    introspectionSigningAlgValues: [...own],
  }
}

/** What every service reads of a token beside RFC 9068: whose it is, under which consent, and how that was confirmed. */
function claimsOf(grant: BankGrant | undefined, token: { sid?: string | undefined }): Record<string, unknown> {
  const { bank } = grant ?? {}
  if (grant?.jti === undefined || bank === undefined) throw new errors.InvalidGrant('grant not found')
  const { session_id, amr, acr, auth_time, customer_id } = bank
  // Of introspection, which shows the token's own member.
  token.sid = session_id
  return { sid: session_id, consent_id: grant.jti, customer_id, amr, acr, auth_time }
}

function aliases(mtlsOrigin: string | undefined): Record<string, unknown> {
  if (mtlsOrigin === undefined) return {}
  const { token, pushed_authorization_request, introspection, revocation, userinfo } = ROUTES
  return {
    mtls_endpoint_aliases: {
      token_endpoint: mtlsOrigin + token,
      pushed_authorization_request_endpoint: mtlsOrigin + pushed_authorization_request,
      introspection_endpoint: mtlsOrigin + introspection,
      revocation_endpoint: mtlsOrigin + revocation,
      userinfo_endpoint: mtlsOrigin + userinfo,
    },
  }
}

/** The keys of a client, from the address that it registered: nowhere inside the bank, bounded in size and time. */
async function fetchKeys(url: string, isSandbox: boolean): Promise<Response> {
  const asked = {
    method: 'GET',
    headers: { accept: 'application/json' },
    timeoutMs: JWKS_TIMEOUT_MS,
    mostBytes: JWKS_BYTES,
  } as const
  const { status, body } = await askOutside(url, asked, { isSandbox })
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}
