import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { randomToken, sha256 } from '#libs/crypto/tokens.ts'
import type { Own } from '../src/config.ts'
import type { Send, Sent } from './pages-driver.ts'

/** A third party that was registered as any is, and speaks FAPI 2.0 with private_key_jwt and DPoP by hand. */
export interface Shop {
  client_id: string
  redirect_uri: string
  /** Pushes a request; answers where the browser is sent, and what the code is redeemed with. */
  push(asked: Record<string, string>): Promise<{ url: string; state: string; code_verifier: string }>
  redeem(code: string, code_verifier: string): Promise<Sent>
  /** Asks for new tokens by a refresh token. */
  refresh(refresh_token: string): Promise<Sent>
}

interface At {
  own: Own
  send: Send
  origin: string
}

/** Registers a shop at the bank behind `send`. */
export async function aShop(at: At, metadata: Record<string, unknown> = {}): Promise<Shop> {
  const { send, origin } = at
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const dpop = await generateKeyPair('ES256', { extractable: true })
  const redirect_uri = 'http://127.0.0.1:9/callback'
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] }
  const client_id = await register(at, { redirect_uris: [redirect_uri], jwks, ...metadata })
  const assertion = (): Promise<string> =>
    new SignJWT({ iss: client_id, sub: client_id, aud: origin, jti: randomToken() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(privateKey)
  const proof = async (htu: string): Promise<string> =>
    new SignJWT({ htm: 'POST', htu, jti: randomToken() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(dpop.publicKey) })
      .setIssuedAt()
      .sign(dpop.privateKey)
  const post = async (path: string, fields: Record<string, string>): Promise<Sent> => {
    const url = `${origin}${path}`
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const proofs = { client_id, client_assertion_type, client_assertion: await assertion() }
    const headers = { 'content-type': 'application/x-www-form-urlencoded', dpop: await proof(url) }
    return send({ method: 'POST', url, headers, body: new URLSearchParams({ ...fields, ...proofs }).toString() })
  }
  return {
    client_id,
    redirect_uri,
    async push(asked) {
      const [state, code_verifier] = [randomToken(), randomToken()]
      const code_challenge = sha256(code_verifier).toString('base64url')
      const wish = { response_type: 'code', redirect_uri, state, code_challenge, code_challenge_method: 'S256' }
      const sent = await post('/api/v1/auth/par', { ...wish, ...asked })
      assert.equal(sent.status, 201, sent.text)
      const { request_uri } = JSON.parse(sent.text) as { request_uri: string }
      const query = new URLSearchParams({ client_id, request_uri })
      return { url: `${origin}/api/v1/auth/authorize?${query}`, state, code_verifier }
    },
    redeem: (code, code_verifier) =>
      post('/api/v1/auth/token', { grant_type: 'authorization_code', code, redirect_uri, code_verifier }),
    refresh: (refresh_token) => post('/api/v1/auth/token', { grant_type: 'refresh_token', refresh_token }),
  }
}

async function register({ own, send, origin }: At, metadata: Record<string, unknown>): Promise<string> {
  const { token } = await own.oauth.mintRegistrationToken('2.0')
  const sent = await send({
    method: 'POST',
    url: `${origin}/api/v1/auth/register-client`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ client_name: 'Corner Shop', organisation_id: 'PSP-17', ...metadata }),
  })
  assert.equal(sent.status, 201, sent.text)
  return (JSON.parse(sent.text) as { client_id: string }).client_id
}
