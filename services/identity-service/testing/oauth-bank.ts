import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { anonymous, type GrantDetail } from '#libs/contract/client.ts'
import { publicPath } from '#libs/http/openapi.ts'
import type { RawReply, RawRequest } from '#libs/http/raw-messages.ts'
import { registerRoute } from '#libs/http/routes.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { newId } from '#libs/ids/ids.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { createLog } from '#libs/telemetry/log.ts'
import type { ServiceTest, ServiceTestOptions } from '#libs/testing/service-test.ts'
import type { Own } from '../src/config.ts'
import type { Interaction, InteractionResult } from '../src/oauth/authorization-server.ts'
import { recordConsent } from '../src/store/consents/records.ts'
import { Browser, locationOf } from './browser.ts'
import { aUser, openIdentity } from './people.ts'

/** Where a test says which certificate its connection has: what the edge learns from TLS. */
export const CERTIFICATE_HEADER = 'x-test-certificate'

/** Identity behind a listener of its own, with a customer, and a way to answer for the bank's pages. */
export interface OauthBank {
  bank: ServiceTest
  own: Own
  origin: string
  user_id: string
  /** Reads the interaction that a browser was led to. */
  read(browser: Browser, at: URL): Promise<Interaction>
  /** Answers it in a transaction, as the pages do. */
  finish(browser: Browser, at: URL, result: InteractionResult): Promise<RawReply>
  /** Allows what is asked, for the customer, from an account of his. */
  allow(browser: Browser, at: URL): Promise<RawReply>
  /** Takes a browser from an authorization URL through sign-in and consent, until it is led back to the third party. */
  walk(url: URL, browser?: Browser): Promise<URL>
}

export const ACCOUNT = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'

/** Opens identity and its endpoints over HTTP. */
export async function openOauth(t: TestContext, options: ServiceTestOptions = {}): Promise<OauthBank> {
  let made: Own | undefined
  const bank = await openIdentity(t, options, (_opening, own) => {
    made = own
  })
  const own = made as Own
  const origin = await listen(t, bank)
  const { user_id } = await aUser(bank)
  const pages = pagesOf(bank, own, origin, user_id)
  const walk = async (url: URL, browser = new Browser()): Promise<URL> => {
    let at = url
    for (let step = 0; step < 8; step += 1) {
      if (at.origin !== origin) return at
      const isPage = at.pathname.includes('/auth/interaction/')
      const response = isPage ? undefined : await browser.visit(at)
      if (response !== undefined && response.status !== 303 && response.status !== 302)
        assert.fail(`${response.status} at ${at.pathname}: ${await response.text()}`)
      at = response === undefined ? nextOf(await pages.allow(browser, at)) : locationOf(response)
    }
    return assert.fail('the browser is led round and round')
  }
  return { bank, own, origin, user_id, ...pages, walk }
}

function nextOf({ headers }: RawReply): URL {
  return new URL(String(headers.location))
}

async function listen(t: TestContext, bank: ServiceTest): Promise<string> {
  const log = createLog({ service: 'test', level: 'fatal' })
  const server = createHttpServer({ log, bodyLimitBytes: 1 << 18, constraints: {} })
  const callers = {
    callerOf: async () => anonymous,
    confirm: async () => {},
    certificateOf: ({ headers }: { headers: Record<string, unknown> }): string | null => {
      const header = headers[CERTIFICATE_HEADER]
      return typeof header === 'string' ? Buffer.from(header, 'base64').toString() : null
    },
  }
  for (const executor of bank.runtime.executors.values()) {
    const { contract } = executor
    if (!contract.raw && contract.id !== 'listKeys') continue
    const prefix = publicPath(contract, contract.path).slice(0, -contract.path.length)
    registerRoute(server, prefix, contract.path, executor, callers as never)
  }
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.server.address() as { port: number }).port}`
}

function pagesOf(bank: ServiceTest, own: Own, origin: string, user_id: string) {
  const requestOf = (browser: Browser, at: URL): RawRequest => ({
    ...{ method: 'POST', path: at.pathname, query: '', body: '', origin, ip_hash: null, client_certificate: null },
    params: { uid: at.pathname.split('/').at(-1) as string },
    headers: { cookie: browser.cookieHeader() },
  })
  const read = (browser: Browser, at: URL): Promise<Interaction> => own.oauth.readInteraction(requestOf(browser, at))
  const inTransaction: ServiceTest['runtime']['database']['transact'] = (work) =>
    withTrace(newTrace(), () => bank.runtime.database.transact(work))
  const finish = (browser: Browser, at: URL, result: InteractionResult): Promise<RawReply> =>
    inTransaction((tx) => own.oauth.finishInteraction(tx, requestOf(browser, at), result))
  const allow = async (browser: Browser, at: URL): Promise<RawReply> => {
    const asked = await read(browser, at)
    const auth_time = Math.floor(Date.now() / 1000)
    if (asked.prompt === 'login')
      return finish(browser, at, { login: { user_id, amr: ['pwd', 'otp'], acr: '2', auth_time } })
    const details = asked.details.map(chosen)
    const expires_at = new Date(Date.now() + 3_600_000)
    const consent_id = newId()
    return inTransaction(async (tx) => {
      const { session_id } = await recordConsent(
        { tx, own, clock: bank.clock, mintId: newId },
        {
          ...{ consent_id, user_id, issuer: origin, grant_id: consent_id, scopes: asked.scopes, details, expires_at },
          client: { client_id: asked.client.client_id, client_name: asked.client.client_name, registration: null },
          ...{ amr: ['pwd', 'otp'], authenticated_at: new Date() },
        },
      )
      const consent = { session_id, consent_id, scopes: asked.scopes, details, expires_at, auth_time }
      return own.oauth.finishInteraction(tx, requestOf(browser, at), {
        consent: { ...consent, amr: ['pwd', 'otp'], acr: '3' },
      })
    })
  }
  return { read, finish, allow }
}

/** The detail with the account that the customer chose. */
export function chosen(detail: GrantDetail): GrantDetail {
  return detail.type === 'payment_initiation'
    ? { ...detail, source_account_id: ACCOUNT }
    : { ...detail, account_ids: [ACCOUNT] }
}
