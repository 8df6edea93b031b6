import { request } from 'node:https'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import * as oauth from 'openid-client'
import type { Issued } from '../mtls-authority.ts'
import type { Api } from './api.ts'
import { allow, REDIRECT, register } from './gateway-shop.ts'

/** A third party that the bank knows by its certificate, which it shows at the second door. */
export interface TlsShop {
  client_id: string
  key: CryptoKey
  config: oauth.Configuration
  /** One request with its certificate; whatever it is sent to. */
  send: typeof fetch
}

export interface TlsShopOptions {
  profile: '1.0' | '2.0'
  certificate: Issued
  /** The authority (PEM) that certifies the bank's second door. */
  ca: string
  subject: string
  metadata?: Record<string, unknown>
}

/** Registers a client of `tls_client_auth` whose tokens are bound to its certificate. */
export async function aTlsShop(api: Api, options: TlsShopOptions): Promise<TlsShop> {
  const { profile, certificate, ca, subject } = options
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'story', use: 'sig', alg: 'ES256' }
  const metadata = {
    client_name: 'Story Shop',
    organisation_id: 'PSDDE-STORY-2',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: subject,
    tls_client_certificate_bound_access_tokens: true,
    ...(profile === '1.0' ? { jwks: { keys: [jwk] }, request_object_signing_alg: 'ES256' } : {}),
    ...options.metadata,
  }
  const client_id = await register(api, profile, metadata)
  const send = sendingBy(certificate, ca)
  const known = { use_mtls_endpoint_aliases: true, id_token_signed_response_alg: 'PS256' }
  const config = await oauth.discovery(new URL(api.url), client_id, known, oauth.TlsClientAuth(), {
    execute: [oauth.allowInsecureRequests],
    [oauth.customFetch]: send as unknown as oauth.CustomFetch,
  })
  return { client_id, key: privateKey, config, send }
}

/** The whole way of such a client: pushed request, the customer's consent, tokens. */
export async function tlsTokensFor(
  api: Api,
  { config }: TlsShop,
  asked: {
    scope: string
    details: readonly object[]
    email: string
    choice: Record<string, string | string[]>
    DPoP?: oauth.DPoPHandle
  },
): Promise<oauth.TokenEndpointResponse> {
  const options = asked.DPoP === undefined ? {} : { DPoP: asked.DPoP }
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [oauth.randomState(), oauth.randomNonce()]
  const url = await oauth.buildAuthorizationUrlWithPAR(
    config,
    {
      ...{ redirect_uri: REDIRECT, scope: asked.scope, state: expectedState, nonce: expectedNonce },
      code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
      ...{ code_challenge_method: 'S256', authorization_details: JSON.stringify(asked.details) },
    },
    options,
  )
  const { back } = await allow(api, url.href, asked)
  return oauth.authorizationCodeGrant(config, back, { expectedState, expectedNonce, pkceCodeVerifier }, {}, options)
}

/** `fetch` that shows a certificate wherever it is asked for one. */
export function sendingBy(certificate: Issued | undefined, ca: string): typeof fetch {
  const by = { ca, cert: certificate?.certificate, key: certificate?.key, agent: false as const }
  return async (input, init) => {
    const asked = new Request(input, init)
    if (new URL(asked.url).protocol === 'http:') return fetch(asked)
    const body = await asked.text()
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const sent = request(asked.url, { ...by, method: asked.method, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const status = answer.statusCode ?? 0
          const text = status === 204 ? null : Buffer.concat(chunks)
          resolve(new Response(text, { status, headers: plain(answer.headers) }))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

function plain(headers: NodeJS.Dict<string | string[]>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
}
