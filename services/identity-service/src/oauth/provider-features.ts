import type { Configuration } from 'oidc-provider'
import type { GrantDetail } from '#libs/contract/client.ts'
import { checkDetail, checkScopesAndDetails, DETAIL_TYPES } from './authorization-details.ts'
import { currentFlight } from './flight.ts'
import { errors } from './library.ts'
import { isCurrent, isSubject } from './registration/certificates.ts'
import { applyPolicy, CLIENT_SCOPES } from './registration/registration-policy.ts'
import { SCREEN_CSP, signedOutScreen, signOutScreen } from './screens.ts'
import { ACCESS_TOKEN_S, type BankGrant, type ProviderOptions } from './terms.ts'

type Features = NonNullable<Configuration['features']>

/** The parts of the protocols that the bank speaks: FAPI 2.0 with message signing, and FAPI 1.0 Advanced. */
export function featuresOf(options: ProviderOptions, resource: string): Features {
  const features = {
    devInteractions: { enabled: false },
    fapi: {
      enabled: true,
      profile: (_ctx: unknown, client?: Record<string, unknown>) =>
        client?.fapi_profile === '1.0' ? '1.0 Final' : '2.0',
    },
    dPoP: { enabled: true, nonceSecret: options.master.derive('authorization server DPoP nonces') },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx: unknown, client: Owned, token: Owned) => token.clientId === client.clientId,
    },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true },
    jwtResponseModes: { enabled: true },
    requestObjects: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    ...registration(options.isSandbox),
    resourceIndicators: resources(resource),
    richAuthorizationRequests: richRequests(),
    mTLS: mutualTls(),
    rpInitiatedLogout: signingOut(),
    // In the metadata; answered by the bank's own operation, which verifies tokens like any other.
    userinfo: { enabled: true },
  }
  return features as unknown as Features
}

interface Owned {
  clientId?: string | undefined
}

/** Staff open a registration under one of the profiles; its policy stays with the client for every change. */
function registration(isSandbox: boolean): Pick<Features, 'registration' | 'registrationManagement'> {
  const policy = (profile: '1.0' | '2.0') => (_ctx: unknown, metadata: object) =>
    applyPolicy(metadata as Record<string, unknown>, { isSandbox, profile })
  return {
    registration: {
      enabled: true,
      initialAccessToken: true,
      policies: { 'fapi-2.0': policy('2.0'), 'fapi-1.0': policy('1.0') },
    },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
  }
}

/** Every token is for the bank's API, whether its client says so (RFC 8707) or not. */
function resources(resource: string): NonNullable<Features['resourceIndicators']> {
  return {
    enabled: true,
    defaultResource: () => resource,
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx, indicator) => {
      if (indicator !== resource) throw new errors.InvalidTarget()
      checkRequest(ctx.oidc.params)
      return {
        scope: CLIENT_SCOPES.join(' '),
        audience: resource,
        accessTokenTTL: ACCESS_TOKEN_S,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }
    },
  }
}

/** What was granted stands in codes and tokens, accounts included, whatever was asked. */
function richRequests(): Record<string, unknown> {
  const granted = (ctx: { oidc: { entities: object } }): GrantDetail[] | undefined =>
    (ctx.oidc.entities as { Grant?: BankGrant }).Grant?.rar as GrantDetail[] | undefined
  const validate = (_ctx: unknown, detail: GrantDetail): void => checkDetail(detail)
  return {
    enabled: true,
    types: Object.fromEntries(DETAIL_TYPES.map((type) => [type, { validate }])),
    authorizationDetailsForGrantSource: granted,
    authorizationDetailsForAccessToken: granted,
    authorizationDetailsForIntrospection: (_ctx: unknown, token: { rar?: unknown }) => token.rar,
  }
}

function mutualTls(): Record<string, unknown> {
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,
    getCertificate: () => currentFlight().certificate ?? undefined,
    certificateAuthorized: () => isCurrent(currentFlight().certificate),
    certificateSubjectMatches: (_ctx: unknown, property: string, expected: string) =>
      isSubject(currentFlight().certificate, property, expected),
  }
}

function signingOut(): NonNullable<Features['rpInitiatedLogout']> {
  return {
    enabled: true,
    logoutSource: (ctx, form) => {
      ctx.set('content-security-policy', SCREEN_CSP)
      ctx.body = signOutScreen(form)
    },
    postLogoutSuccessSource: (ctx) => {
      ctx.set('content-security-policy', SCREEN_CSP)
      ctx.body = signedOutScreen()
    },
  }
}

/** Scopes and details of an authorization request belong together; a token request has neither. */
function checkRequest(params: Record<string, unknown> | undefined): void {
  if (typeof params?.response_type !== 'string') return
  const { scope, authorization_details } = params
  const scopes = new Set(typeof scope === 'string' ? scope.split(' ') : [])
  const details = typeof authorization_details === 'string' ? (JSON.parse(authorization_details) as GrantDetail[]) : []
  checkScopesAndDetails(scopes, details)
}
