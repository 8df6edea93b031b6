import { mayBeAsked } from '../../outside.ts'
import { DETAIL_TYPES } from '../authorization-details.ts'
import { errors } from '../library.ts'
import { parseDn } from './subject-dn.ts'

/** What third parties may ask for. */
export const CLIENT_SCOPES = ['openid', 'profile', 'account_information', 'payment_initiation'] as const

/** FAPI 2.0 Security Profile §5.4: what a client may sign with. */
export const SIGNING_ALGORITHMS = ['PS256', 'ES256', 'EdDSA'] as const

const AUTH_METHODS = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const
const MOST_REDIRECT_URIS = 10
const MOST_KEYS = 10
const SMALLEST_RSA_BYTES = 256
/** A line of people's text: no control characters, nothing that a page could take for markup or a direction of writing. */
const LINE = /^[^\p{Cc}\p{Cf}<>]{1,100}$/u
const ORGANISATION = /^[A-Za-z0-9][A-Za-z0-9-]{2,63}$/
/** What URLs allow besides (RFC 3986 §3.2.2 sub-delims) means something in a Content-Security-Policy, where the origin is named. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/

type Metadata = Record<string, unknown>

export interface PolicyOptions {
  isSandbox: boolean
  /** The profile that staff opened for this registration. */
  profile: '1.0' | '2.0'
}

/**
 * What a third party registers as (RFC 7591 §2), completed and bounded: no shared secrets, every token bound to a key or a certificate, and the
 * request pushed (FAPI 2.0) or signed (FAPI 1.0 Advanced). Throws `invalid_client_metadata` or `invalid_redirect_uri` with what is wrong.
 */
export function applyPolicy(metadata: Metadata, options: PolicyOptions): void {
  checkNames(metadata, options)
  checkRedirects(metadata, options)
  checkAuthentication(metadata, options)
  fixed(metadata, 'fapi_profile', options.profile)
  fixed(metadata, 'application_type', 'web')
  fixed(metadata, 'subject_type', 'public')
  fixed(metadata, 'response_types', ['code'])
  subset(metadata, 'grant_types', ['authorization_code', 'refresh_token'])
  subset(metadata, 'authorization_details_types', DETAIL_TYPES)
  subset(metadata, 'default_acr_values', ['3'])
  metadata.scope ??= CLIENT_SCOPES.join(' ')
  if (typeof metadata.scope !== 'string' || !isSubset(metadata.scope.split(' '), CLIENT_SCOPES))
    refused(`scope may name ${CLIENT_SCOPES.join(', ')}`)
  for (const name of ['id_token', 'authorization', 'introspection'])
    oneOf(metadata, `${name}_signed_response_alg`, ['PS256', 'ES256'], 'PS256')
  if (options.profile === '2.0') boundTo20(metadata)
  else boundTo10(metadata)
  for (const name of [
    'client_secret',
    'client_secret_expires_at',
    'sector_identifier_uri',
    'logo_uri',
    'initiate_login_uri',
  ])
    delete metadata[name]
}

function checkNames(metadata: Metadata, { isSandbox }: PolicyOptions): void {
  const { client_name, organisation_id, software_name, webhook_uri } = metadata
  if (typeof client_name !== 'string' || !LINE.test(client_name))
    refused('client_name is a line of 1 to 100 characters')
  if (typeof organisation_id !== 'string' || !ORGANISATION.test(organisation_id))
    refused(
      'organisation_id is the number in the register of payment institutions: 3 to 64 letters, digits and hyphens',
    )
  if (software_name !== undefined && (typeof software_name !== 'string' || !LINE.test(software_name)))
    refused('software_name is a line of 1 to 100 characters')
  if (webhook_uri !== undefined && (typeof webhook_uri !== 'string' || !mayBeAsked(webhook_uri, { isSandbox })))
    refused('webhook_uri is an https address outside the bank')
}

/** Where browsers are sent. Compared as texts later on (RFC 9700 §4.1.3), so each is spelled out. */
function checkRedirects(metadata: Metadata, options: PolicyOptions): void {
  const least = { redirect_uris: 1, post_logout_redirect_uris: 0 }
  for (const [name, fewest] of Object.entries(least)) {
    const { [name]: uris = [] } = metadata
    if (!Array.isArray(uris) || uris.length < fewest || uris.length > MOST_REDIRECT_URIS)
      refused(`${name} must name ${fewest} to ${MOST_REDIRECT_URIS}`)
    for (const text of uris as unknown[]) checkRedirect(name, text, options)
  }
}

function checkRedirect(name: string, text: unknown, { isSandbox }: PolicyOptions): void {
  const uri = typeof text === 'string' ? URL.parse(text) : null
  if (uri === null || uri.username !== '' || uri.password !== '' || /[#*]/.test(String(text)))
    refused(`${name} must be absolute addresses without name, password, fragment or wildcard`)
  const isLoopback = isSandbox && uri.protocol === 'http:' && LOOPBACK.test(uri.hostname)
  if (uri.protocol !== 'https:' && !isLoopback)
    refused(`${name} must be https${isSandbox ? ', or http of this machine' : ''}`)
  if (!HOST.test(uri.hostname)) refused(`${name} must have a host of letters, digits, hyphens and dots, or an address`)
}

function checkAuthentication(metadata: Metadata, { isSandbox }: PolicyOptions): void {
  const method = oneOf(metadata, 'token_endpoint_auth_method', AUTH_METHODS, 'private_key_jwt')
  if (metadata.token_endpoint_auth_signing_alg !== undefined)
    oneOf(metadata, 'token_endpoint_auth_signing_alg', SIGNING_ALGORITHMS, 'PS256')
  if (metadata.request_object_signing_alg !== undefined)
    oneOf(metadata, 'request_object_signing_alg', SIGNING_ALGORITHMS, 'PS256')
  const { jwks, jwks_uri, tls_client_auth_subject_dn } = metadata
  if (jwks !== undefined && jwks_uri !== undefined) refused('jwks and jwks_uri exclude each other')
  if (jwks !== undefined) checkKeys(jwks)
  if (jwks_uri !== undefined && (typeof jwks_uri !== 'string' || !mayBeAsked(jwks_uri, { isSandbox })))
    refused('jwks_uri is an https address outside the bank')
  const needsKeys = method !== 'tls_client_auth' || metadata.fapi_profile === '1.0'
  if (needsKeys && jwks === undefined && jwks_uri === undefined) refused('jwks or jwks_uri is needed')
  if (tls_client_auth_subject_dn === undefined) return
  if (typeof tls_client_auth_subject_dn !== 'string' || parseDn(tls_client_auth_subject_dn) === undefined)
    refused('tls_client_auth_subject_dn must have the form of RFC 4514')
}

/** Public keys of the algorithms that are taken, and nothing else: a private or shared one that is handed over is no secret any more. */
function checkKeys(jwks: unknown): void {
  const { keys } = Object(jwks) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_KEYS)
    refused(`jwks must have 1 to ${MOST_KEYS} keys`)
  for (const key of keys as Metadata[]) {
    const { kty, d, k, n } = Object(key) as Metadata
    if (d !== undefined || k !== undefined) refused('jwks must have public keys only')
    if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') refused('jwks must have keys of PS256, ES256 or EdDSA')
    if (kty === 'RSA' && Buffer.from(String(n), 'base64url').length < SMALLEST_RSA_BYTES)
      refused('an RSA key has 2048 bits at least')
  }
}

/** FAPI 2.0 Security Profile §5.3.1.2: pushed requests, and tokens bound by DPoP or mutual TLS. */
function boundTo20(metadata: Metadata): void {
  fixed(metadata, 'require_pushed_authorization_requests', true)
  const { tls_client_certificate_bound_access_tokens: byTls = false } = metadata
  const { dpop_bound_access_tokens: byKey = byTls !== true } = metadata
  Object.assign(metadata, { tls_client_certificate_bound_access_tokens: byTls, dpop_bound_access_tokens: byKey })
  if (byTls === byKey)
    refused('tokens are bound by one of dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens')
}

/** FAPI 1.0 Advanced §5.2.2: signed requests, signed answers, tokens bound by mutual TLS. */
function boundTo10(metadata: Metadata): void {
  fixed(metadata, 'require_signed_request_object', true)
  fixed(metadata, 'tls_client_certificate_bound_access_tokens', true)
  fixed(metadata, 'dpop_bound_access_tokens', false)
  metadata.require_pushed_authorization_requests ??= false
}

function oneOf(metadata: Metadata, name: string, allowed: readonly string[], usual: string): string {
  metadata[name] ??= usual
  const value = metadata[name]
  if (typeof value !== 'string' || !allowed.includes(value)) refused(`${name} must be one of ${allowed.join(', ')}`)
  return value as string
}

function subset(metadata: Metadata, name: string, allowed: readonly string[]): void {
  metadata[name] ??= [...allowed]
  const value = metadata[name]
  if (!Array.isArray(value) || !isSubset(value, allowed)) refused(`${name} may name ${allowed.join(', ')}`)
}

function isSubset(values: readonly unknown[], allowed: readonly string[]): boolean {
  return values.every((value) => typeof value === 'string' && allowed.includes(value))
}

function fixed(metadata: Metadata, name: string, value: unknown): void {
  if (metadata[name] !== undefined && JSON.stringify(metadata[name]) !== JSON.stringify(value))
    refused(`${name} must be ${JSON.stringify(value)}`)
  metadata[name] = value
}

function refused(why: string): never {
  throw new errors.InvalidClientMetadata(why)
}
