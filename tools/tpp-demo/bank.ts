import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import * as oauth from 'openid-client'
import { type Message, recordingFetch, redirectOf } from './messages.ts'

/** What the shop keeps of its registration at the bank. */
interface Registration {
  bank: string
  redirect_uri: string
  client_id: string
  key: JWK
}

/** The account that customers pay to. */
export interface Merchant {
  account_number: string
  currency: string
}

/** A payment that waits for the customer at the bank. */
export interface Begun {
  url: URL
  state: string
  nonce: string
  code_verifier: string
}

/** What is to be paid. */
export interface Payment {
  amount_cents: number
  reference: string
}

export interface ShopOptions {
  /** The origin of the bank. */
  bank: string
  /** Where the bank sends the browser back to. */
  redirect_uri: string
  /** Where the registration is kept between runs. */
  file: string
}

type DPoPKeys = Awaited<ReturnType<typeof oauth.randomDPoPKeyPair>>

const SHOP_NAME = 'Corner Shop (demo)'
/** The shop is itself a customer of the demo bank. */
const MERCHANT = 'customer2@demo.bankflow.test'
const OFFICER = 'admin@demo.bankflow.test'
const DEMO_PASSWORD = 'Demo-bank-2026'

/** A third party's side of the payment flow (FAPI 2.0: pushed signed request, PKCE, private_key_jwt, DPoP). */
export class ThirdParty {
  readonly merchant: Merchant
  readonly #options: ShopOptions
  readonly #registration: Registration
  readonly #key: CryptoKey
  readonly #dpopKeys: DPoPKeys

  private constructor(
    options: ShopOptions,
    registration: Registration,
    keys: { key: CryptoKey; dpop: DPoPKeys },
    merchant: Merchant,
  ) {
    this.merchant = merchant
    this.#options = options
    this.#registration = registration
    this.#key = keys.key
    this.#dpopKeys = keys.dpop
  }

  /** Registers where that was not done yet, and learns the shop's account number. Error when the bank is no sandbox or not there. */
  static async open(options: ShopOptions): Promise<ThirdParty> {
    const registration = kept(options) ?? (await register(options))
    const key = (await importJWK(registration.key, 'ES256')) as CryptoKey
    const dpop = await oauth.randomDPoPKeyPair('ES256')
    return new ThirdParty(options, registration, { key, dpop }, await merchantAt(options.bank))
  }

  get client_id(): string {
    return this.#registration.client_id
  }

  /** Pushes the payment to the bank; the browser goes to `url` next. */
  async begin(payment: Payment, record: (message: Message) => void): Promise<Begun> {
    const config = await this.#config(record)
    const code_verifier = oauth.randomPKCECodeVerifier()
    const [state, nonce] = [oauth.randomState(), oauth.randomNonce()]
    const details = [
      {
        type: 'payment_initiation',
        amount_cents: payment.amount_cents,
        currency: this.merchant.currency,
        destination_account_number: this.merchant.account_number,
        payee_name: SHOP_NAME,
        reference: payment.reference,
      },
    ]
    const signed = await oauth.buildAuthorizationUrlWithJAR(
      config,
      {
        response_type: 'code',
        redirect_uri: this.#options.redirect_uri,
        scope: 'openid payment_initiation',
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
        code_challenge_method: 'S256',
        authorization_details: JSON.stringify(details),
      },
      { key: this.#key, kid: this.#registration.key.kid as string },
    )
    const url = await oauth.buildAuthorizationUrlWithPAR(config, signed.searchParams, this.#dpop(config))
    record(redirectOf('The shop sends the browser to the bank, with nothing but a reference', url))
    return { url, state, nonce, code_verifier }
  }

  /** Takes the browser's return, gets the token and makes the payment. Answers the transaction as the bank does. Error when refused. */
  async complete(
    begun: Begun,
    returned: URL,
    payment: Payment & { key: string },
    record: (message: Message) => void,
  ): Promise<Record<string, unknown>> {
    record(redirectOf('The bank sends the browser back', returned))
    const config = await this.#config(record)
    const tokens = await oauth.authorizationCodeGrant(
      config,
      returned,
      { expectedState: begun.state, expectedNonce: begun.nonce, pkceCodeVerifier: begun.code_verifier },
      {},
      this.#dpop(config),
    )
    const [granted] = (tokens.authorization_details ?? []) as unknown as { source_account_id?: string }[]
    const body = {
      source_account_id: granted?.source_account_id,
      destination_account_number: this.merchant.account_number,
      amount_cents: payment.amount_cents,
      currency: this.merchant.currency,
      description: payment.reference,
      external_reference: payment.reference,
    }
    const response = await oauth.fetchProtectedResource(
      config,
      tokens.access_token,
      new URL('/api/v1/transactions/transfer', this.#options.bank),
      'POST',
      JSON.stringify(body),
      new Headers({ 'content-type': 'application/json', 'idempotency-key': payment.key, prefer: 'wait=20' }),
      this.#dpop(config),
    )
    return (await response.json()) as Record<string, unknown>
  }

  #dpop(config: oauth.Configuration): { DPoP: oauth.DPoPHandle } {
    return { DPoP: oauth.getDPoPHandle(config, this.#dpopKeys) }
  }

  async #config(record: (message: Message) => void): Promise<oauth.Configuration> {
    const { client_id, key } = this.#registration
    const authentication = oauth.PrivateKeyJwt(
      { key: this.#key, kid: key.kid as string },
      {
        // FAPI 2.0 §5.3.2.1: the issuer alone is the audience.
        [oauth.modifyAssertion]: (_header, payload) => {
          payload.aud = config.serverMetadata().issuer
        },
      },
    )
    const config = await oauth.discovery(new URL(this.#options.bank), client_id, SIGNING, authentication, {
      execute: [oauth.allowInsecureRequests],
      [oauth.customFetch]: recordingFetch(record) as unknown as oauth.CustomFetch,
    })
    return config
  }
}

const SIGNING = {
  id_token_signed_response_alg: 'PS256',
  request_object_signing_alg: 'ES256',
  token_endpoint_auth_signing_alg: 'ES256',
  dpop_bound_access_tokens: true,
}

function kept({ bank, redirect_uri, file }: ShopOptions): Registration | undefined {
  if (!existsSync(file)) return undefined
  const registration = JSON.parse(readFileSync(file, 'utf8')) as Registration
  return registration.bank === bank && registration.redirect_uri === redirect_uri ? registration : undefined
}

async function register(options: ShopOptions): Promise<Registration> {
  const { bank, redirect_uri, file } = options
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const kid = await calculateJwkThumbprint(await exportJWK(publicKey))
  const officer = await signIn(bank, OFFICER)
  const { initial_access_token } = await asJson<{ initial_access_token: string }>(
    await fetch(`${bank}/api/v1/oauth-clients/registration-tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${officer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ fapi_profile: '2.0', purpose: 'The demo shop' }),
    }),
  )
  const { client_id } = await asJson<{ client_id: string }>(
    await fetch(`${bank}/api/v1/auth/register-client`, {
      method: 'POST',
      headers: { authorization: `Bearer ${initial_access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: SHOP_NAME,
        organisation_id: 'DEMO-0001',
        redirect_uris: [redirect_uri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        scope: 'openid payment_initiation',
        token_endpoint_auth_method: 'private_key_jwt',
        authorization_details_types: ['payment_initiation'],
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' }] },
        ...SIGNING,
      }),
    }),
  )
  const registration = { bank, redirect_uri, client_id, key: { ...(await exportJWK(privateKey)), kid, alg: 'ES256' } }
  writeFileSync(file, JSON.stringify(registration), { mode: 0o600 })
  return registration
}

async function merchantAt(bank: string): Promise<Merchant> {
  const headers = { authorization: `Bearer ${await signIn(bank, MERCHANT)}` }
  const { customer_id } = await asJson<{ customer_id: string }>(await fetch(`${bank}/api/v1/auth/me`, { headers }))
  const { items } = await asJson<{ items: (Merchant & { status: string; customer_id: string })[] }>(
    await fetch(`${bank}/api/v1/accounts`, { headers }),
  )
  // The list also has accounts that are others' and his to use.
  const account = items.find((one) => one.status === 'ACTIVE' && one.customer_id === customer_id)
  if (account === undefined)
    throw new Error(`${MERCHANT} has no active account at ${bank} yet; the demo history makes one, wait for it`)
  return { account_number: account.account_number, currency: account.currency }
}

async function signIn(bank: string, email: string): Promise<string> {
  const { tokens } = await asJson<{ tokens?: { access_token: string } }>(
    await fetch(`${bank}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: DEMO_PASSWORD }),
    }),
  )
  if (tokens === undefined) throw new Error(`${email} cannot sign in by password alone at ${bank}`)
  return tokens.access_token
}

async function asJson<T>(response: Response): Promise<T> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text.slice(0, 500)}`)
  return JSON.parse(text) as T
}
