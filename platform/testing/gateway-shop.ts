import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import * as oauth from 'openid-client'
import { openPages, type PagesDriver, type Send } from '#services/identity-service/testing/pages-driver.ts'
import { type Api, PASSWORD } from './api.ts'

/** A third party that registered itself through the gateway. */
export interface GatewayShop {
  client_id: string
  key: JWK
  redirect_uri: string
  config: oauth.Configuration
  dpop: oauth.DPoPHandle
}

/** What a customer was asked for, and came back with. */
export interface Allowed {
  tokens: oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers
  browser: PagesDriver
}

export const REDIRECT = 'https://shop.example/back'
const SCOPES = 'openid account_information payment_initiation'

/** Registers a FAPI 2.0 client: private_key_jwt, tokens bound by DPoP. */
export async function aGatewayShop(api: Api, more: Record<string, unknown> = {}): Promise<GatewayShop> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'story', use: 'sig', alg: 'ES256' }
  const metadata = {
    client_name: 'Story Shop',
    organisation_id: 'PSDDE-STORY-1',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'private_key_jwt',
    id_token_signed_response_alg: 'PS256',
    scope: SCOPES,
    jwks: { keys: [jwk] },
    dpop_bound_access_tokens: true,
    ...more,
  }
  const client_id = await register(api, '2.0', metadata)
  const auth = oauth.PrivateKeyJwt(
    { key: privateKey, kid: 'story' },
    {
      [oauth.modifyAssertion]: (_header, payload) => {
        payload.aud = api.url
      },
    },
  )
  const known = { id_token_signed_response_alg: 'PS256' }
  const options = { execute: [oauth.allowInsecureRequests] }
  const config = await oauth.discovery(new URL(api.url), client_id, known, auth, options)
  const dpop = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair('ES256'))
  const key = { ...(await exportJWK(privateKey)), kid: 'story', alg: 'ES256' }
  return { client_id, key, redirect_uri: REDIRECT, config, dpop }
}

/** Registers a third party by a token that staff gave it for a profile; answers its id. */
export async function register(api: Api, fapi_profile: '1.0' | '2.0', metadata: object): Promise<string> {
  const admin = await api.signIn('admin')
  const asked = { fapi_profile, purpose: 'A story' }
  const { body } = await api.expect(201, api.post('/oauth-clients/registration-tokens', asked, { token: admin }))
  const registration = { token: body.initial_access_token as string }
  const { body: registered } = await api.expect(201, api.post('/auth/register-client', metadata, registration))
  return registered.client_id as string
}

/** A customer's browser at the bank, without scripts. */
export function aBrowser(origin: string): PagesDriver {
  const send: Send = async ({ method, url, headers, body }) => {
    const init = { method, headers, redirect: 'manual' as const, ...(method === 'POST' ? { body } : {}) }
    const response = await fetch(url, init)
    const answered = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'))
    return {
      status: response.status,
      headers: answered,
      cookies: response.headers.getSetCookie(),
      text: await response.text(),
    }
  }
  return openPages(send, origin)
}

/** Signs a customer in on the bank's pages, chooses accounts and confirms with the mailed code; answers where the browser is sent then. */
export async function allow(
  api: Api,
  url: string,
  { email, choice }: { email: string; choice: Record<string, string | readonly string[]> },
): Promise<{ back: URL; browser: PagesDriver }> {
  const browser = aBrowser(api.url)
  await browser.open(url)
  await browser.press('sign_in', { email, password: PASSWORD })
  const before = await mailsFor(api, email)
  await browser.press('choose', choice)
  const done = await browser.press('answer', { code: await newCodeFor(api, email, before) })
  return { back: new URL(done.url), browser }
}

/** The whole way of a FAPI 2.0 client: pushed request, the customer's consent, tokens. */
export async function allowedFor(
  api: Api,
  shop: GatewayShop,
  asked: { details: readonly { type: string }[]; email: string; choice: Record<string, string | readonly string[]> },
): Promise<Allowed> {
  const code_verifier = oauth.randomPKCECodeVerifier()
  const [state, nonce] = [oauth.randomState(), oauth.randomNonce()]
  const params = {
    redirect_uri: REDIRECT,
    scope: `openid ${asked.details[0]?.type === 'account_access' ? 'account_information' : 'payment_initiation'}`,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify(asked.details),
  }
  const url = await oauth.buildAuthorizationUrlWithPAR(shop.config, params, { DPoP: shop.dpop })
  const { back, browser } = await allow(api, url.href, asked)
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: code_verifier }
  const tokens = await oauth.authorizationCodeGrant(shop.config, back, checks, {}, { DPoP: shop.dpop })
  return { tokens, browser }
}

/** One call with a bound token; the status and the answer. */
export async function callAs(
  api: Api,
  shop: GatewayShop,
  access_token: string,
  { method = 'GET', path, body, key }: { method?: string; path: string; body?: object; key?: string },
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever a stranger would
): Promise<{ status: number; body: any; headers: Headers }> {
  const headers = new Headers({ prefer: 'wait=20' })
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (key !== undefined) headers.set('idempotency-key', key)
  const text = body === undefined ? undefined : JSON.stringify(body)
  const url = new URL(`/api/v1${path}`, api.url)
  const options = { DPoP: shop.dpop }
  try {
    const answer = await oauth.fetchProtectedResource(shop.config, access_token, url, method, text, headers, options)
    return { status: answer.status, body: await answer.json().catch(() => undefined), headers: answer.headers }
  } catch (error) {
    // The library throws for a 401 that has a challenge.
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
    const { response } = error
    return { status: response.status, body: await response.json().catch(() => undefined), headers: response.headers }
  }
}

async function mailsFor(api: Api, email: string): Promise<Set<string>> {
  const { body } = await api.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
  return new Set((body.items as { mail_id: string }[]).map(({ mail_id }) => mail_id))
}

async function newCodeFor(api: Api, email: string, known: ReadonlySet<string>): Promise<string> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const { body } = await api.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
    const mails = body.items as { mail_id: string; code: string | null }[]
    const found = mails.find(({ mail_id, code }) => code !== null && !known.has(mail_id))
    if (found?.code != null) return found.code
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`no new code came for ${email}`)
}

const PYTHON = '/usr/bin/python3'
const AUTHLIB = ['/usr/lib/python3/dist-packages/authlib', '/usr/lib/python3.13/dist-packages/authlib'].find(existsSync)

/** Why the second client cannot run here, or false. */
export const lacksAuthlib: string | false =
  AUTHLIB === undefined || !existsSync(PYTHON) ? 'needs python3-authlib of Debian' : false

/** One step of the third party that is written with Authlib; Error with its last words when it fails. */
export async function authlib(step: 'begin' | 'finish', told: object): Promise<Record<string, unknown>> {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'authlib-client.py'), step])
  const [out, wrong]: [string[], string[]] = [[], []]
  child.stdout.on('data', (chunk) => out.push(String(chunk)))
  child.stderr.on('data', (chunk) => wrong.push(String(chunk)))
  child.stdin.end(JSON.stringify(told))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`${step}: ${wrong.join('').slice(-1_000)}`)
  return JSON.parse(out.join('')) as Record<string, unknown>
}
