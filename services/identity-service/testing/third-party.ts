import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import * as client from 'openid-client'
import { aCertificate, type TestCertificate } from './certificates.ts'
import { CERTIFICATE_HEADER, type OauthBank } from './oauth-bank.ts'

export type AuthMethod = 'private_key_jwt' | 'tls_client_auth' | 'self_signed_tls_client_auth'

export interface ThirdPartyOptions {
  method?: AuthMethod
  /** What its tokens are bound by. */
  binding?: 'dpop' | 'mtls'
  profile?: '1.0' | '2.0'
  metadata?: Record<string, unknown>
}

/** A registered third party with its keys, driven by openid-client. */
export interface ThirdParty {
  client_id: string
  redirect_uri: string
  config: client.Configuration
  key: CryptoKey
  certificate: TestCertificate
  dpop: client.DPoPHandle | undefined
  dpopPair: client.CryptoKeyPair | undefined
  registration: Record<string, unknown>
  /** A signed assertion of its identity (RFC 7523). */
  assertion(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** Posts a form with its certificate, and with its assertion unless the form has one. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>
}

export const REDIRECT = 'https://shop.example/back'

/** Registers a third party as it would itself: by the token that staff gave it. */
export async function aThirdParty(bank: OauthBank, options: ThirdPartyOptions = {}): Promise<ThirdParty> {
  const { method = 'private_key_jwt', binding = 'dpop' } = options
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const certificate = await aCertificate()
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const registered = await register(bank, options.profile ?? '2.0', metadataOf(options, { certificate, jwk }))
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const { body: registration } = registered
  const client_id = String(registration.client_id)
  const withCertificate = fetchWith(certificate)
  const auth =
    method === 'private_key_jwt'
      ? client.PrivateKeyJwt({ key: privateKey, kid: 'k1' }, { [client.modifyAssertion]: onlyIssuer(bank.origin) })
      : client.TlsClientAuth()
  const config = await client.discovery(new URL(bank.origin), client_id, registration as never, auth, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: withCertificate,
  })
  config[client.customFetch] = withCertificate
  const assertion = assertionBy(bank.origin, client_id, privateKey)
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams({ client_id, ...form })
    if (method === 'private_key_jwt' && form.client_assertion === undefined)
      body.set('client_assertion', await assertion())
    if (body.has('client_assertion'))
      body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    return withCertificate(bank.origin + path, { method: 'POST', body, headers } as never)
  }
  const pair = binding === 'dpop' ? await client.randomDPoPKeyPair('ES256') : undefined
  const dpop = pair && client.getDPoPHandle(config, pair)
  const known = { client_id, redirect_uri: REDIRECT, config, certificate, dpop, dpopPair: pair, registration }
  return { ...known, key: privateKey, assertion, post }
}

function metadataOf(
  { method = 'private_key_jwt', binding = 'dpop', profile = '2.0', metadata }: ThirdPartyOptions,
  { certificate, jwk }: { certificate: TestCertificate; jwk: JWK },
): Record<string, unknown> {
  const keys = method === 'self_signed_tls_client_auth' ? [certificate.jwk, jwk] : [jwk]
  return {
    client_name: 'Corner Shop',
    organisation_id: 'PSDDE-BAFIN-123456',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: method,
    ...(method === 'tls_client_auth' && profile === '2.0' ? {} : { jwks: { keys } }),
    // Another spelling of the same name.
    ...(method === 'tls_client_auth' ? { tls_client_auth_subject_dn: 'CN=shop,O=corner  shop,C=DE' } : {}),
    ...(binding === 'mtls' && profile === '2.0' ? { tls_client_certificate_bound_access_tokens: true } : {}),
    ...metadata,
  }
}

/** A client whose every connection shows a certificate. */
function fetchWith(certificate: TestCertificate): client.CustomFetch {
  return (url, init) => {
    const headers = new Headers(init.headers as Record<string, string>)
    headers.set(CERTIFICATE_HEADER, Buffer.from(certificate.pem).toString('base64'))
    return fetch(url, { ...(init as RequestInit), headers })
  }
}

function assertionBy(issuer: string, client_id: string, key: CryptoKey): ThirdParty['assertion'] {
  return (claims = {}, header = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const usual = { iss: client_id, sub: client_id, aud: issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60 }
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(key)
  }
}

function onlyIssuer(issuer: string) {
  return (_header: object, payload: Record<string, unknown>): void => {
    payload.aud = issuer
  }
}

/** One attempt to register under a profile. */
export async function register(
  bank: OauthBank,
  profile: '1.0' | '2.0',
  metadata: Record<string, unknown>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { token } = await bank.own.oauth.mintRegistrationToken(profile)
  const response = await fetch(`${bank.origin}/api/v1/auth/register-client`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(metadata),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
