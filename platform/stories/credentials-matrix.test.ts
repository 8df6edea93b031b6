import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { SCOPES } from '#contracts/grants.ts'
import { isInternal } from '#libs/contract/operation.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import type { Route } from '#libs/http/openapi.ts'
import { newId } from '#libs/ids/ids.ts'
import { type DpopKey, dpopKey } from '#libs/testing/bound-tokens.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { publicRoutes, services } from '../catalogue.ts'
import { answerOf, SPECIAL, toldOf, type Wrong } from '../testing/access-rules.ts'
import { type NewPerson, PASSWORD, type Reply } from '../testing/api.ts'
import { type GeneratedRequest, requestOf, sendGenerated } from '../testing/generated-requests.ts'
import { claimsIn, type Mint, openMint } from '../testing/minted-tokens.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { plantRichCustomer, type RichCustomer } from '../testing/rich-customer.ts'
import { settledRows } from '../testing/stored-rows.ts'

/** Headers of one request; proofs are made anew for each. */
type Credential = (sent: Pick<GeneratedRequest, 'method' | 'path'>) => Promise<Record<string, string>>

/** Tables that a refused request may write to: the trail of refusals, what was spent of proofs, and what goes on by itself. */
const OWN_LIFE =
  /^(outbox|outbox_\w+|audit_\w+|acts|jobs\.\w+|pgboss\.\w+|idempotency_keys|leases|oauth_spent|seal_state|\w*positions)$/
/** Scopes of what says who she is, whatever the accounts. */
const ABOUT_HER = ['openid', 'profile']
const AT_ONCE = 8

/** Every scope there is: what a contract names beside those is nobody's to be given. */
const EVERY_SCOPE = ['openid', ...Object.keys(SCOPES)]

describe('the matrix of credentials: every operation, everything that is no right of hers', () => {
  const routes = publicRoutes('sandbox').filter(({ operation }) => operation.access.anyone !== true)
  const internal = services
    .flatMap((service) => service.operations.map(({ contract }) => contract))
    .filter(isInternal)
    .map((operation) => ({ operation, path: operation.path }))
  let bank: TestBank
  let mint: Mint
  let her: RichCustomer
  let stranger: NewPerson
  let key: DpopKey
  let ended: string
  let atFirst: string[]

  before(async () => {
    bank = await openBank()
    mint = await openMint(bank)
    her = await plantRichCustomer(bank, await bank.api.newCustomer())
    stranger = await bank.api.newCustomer()
    key = await dpopKey()
    ended = await bank.api.signIn(her.email, PASSWORD)
    await bank.api.expect(204, bank.api.post('/auth/logout', undefined, { token: ended }))
    await eventually(async () => (await bank.api.get('/auth/me', { token: ended })).status === 401)
    atFirst = await everyRow()
  })
  after(() => bank.close())

  function everyRow(): Promise<string[]> {
    return settledRows(bank, ({ table }) => !OWN_LIFE.test(table))
  }

  /** A third party's token, as the bank would have made it for a consent of somebody. */
  function boundToken(person: NewPerson, claims: Record<string, unknown> = {}): string {
    const { sub, sid, customer_id } = claimsIn(person.token)
    const granted = { scope: EVERY_SCOPE.join(' '), consent_id: newId(), cnf: { jkt: key.jkt }, client_id: 'a-shop' }
    const meant = { iss: bank.url, aud: `${bank.url}/api/v1` }
    return mint.thirdParty({ ...meant, ...granted, sub, sid, customer_id, acr: '3', amr: ['pwd', 'otp'], ...claims })
  }

  /** As services make them for each other when they are in different processes. */
  function serviceToken(): string {
    const claims = { iss: 'ledger-service', aud: 'account-service', sub: her.user_id, acting: {} }
    const key = bank.bank.options.keyOf('ledger-service')
    return signJwt(claims, { key, typ: 'service+jwt', ttl_s: 60, now_s: Math.floor(Date.now() / 1000) })
  }

  const bearer = (token: string): Credential => {
    return async () => ({ authorization: `Bearer ${token}` })
  }

  /** A token with a fresh proof of its key for each request, but for what is wrong with it. */
  const proved = (token: string, wrong: { htu?: string; by?: DpopKey } = {}): Credential => {
    return async ({ method, path }) => {
      const at = path.startsWith('/sandbox') || path.startsWith('/internal') ? path : `/api/v1${path}`
      const now_s = Math.floor(Date.now() / 1000)
      const made = { htm: method, htu: wrong.htu ?? bank.url + at, token, now_s }
      return { authorization: `DPoP ${token}`, dpop: await (wrong.by ?? key).proof(made) }
    }
  }

  /** Sends every route with a credential, some at once, and says what is wrong with the answers, all of them together. */
  async function everyAnswer(
    credential: Credential,
    wrongWith: (reply: Reply, sent: GeneratedRequest) => Wrong,
    among: readonly Route[] = routes,
  ): Promise<string[]> {
    const wrong: string[] = []
    const waiting = [...among]
    const next = async (): Promise<void> => {
      for (let route = waiting.shift(); route !== undefined; route = waiting.shift()) {
        const sent = requestOf(route, her.known, SPECIAL[route.operation.id])
        const reply = await sendGenerated(bank.api, sent, await credential(sent))
        const what = wrongWith(reply, sent)
        if (typeof what === 'string')
          wrong.push(`${route.operation.id} ${sent.method} ${route.path}: ${what}; ${answerOf(reply)}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    return wrong
  }

  const isUnknown = ({ status, body }: Reply): Wrong =>
    (status !== 401 || body.code !== 'UNAUTHENTICATED') && 'is not unauthenticated'
  /** What shows whoever holds a grant that grant alone has none to show. */
  const isForbidden = ({ status, body }: Reply, { operation: { access } }: GeneratedRequest): Wrong =>
    access.anyGrant === true
      ? `${status} ${body.code}` !== '404 CONSENT_NOT_FOUND' && 'is no plain 404'
      : (status !== 403 || body.code !== 'FORBIDDEN') && 'is not forbidden'

  test('the tokens of this test are good, but for what each test makes wrong with them', async () => {
    const path = `/accounts/${her.account_id}`
    const details = [{ type: 'account_access', actions: ['accounts'], account_ids: [her.account_id] }]
    const good = boundToken(her, { authorization_details: details })
    const headers = await proved(good)({ method: 'GET', path })
    assert.equal((await bank.api.get(path, { headers })).status, 200)
    const grant = { kind: 'api_key', scopes: ['account_information'], details: [] }
    const byKey = mint.firstParty({ ...claimsIn(her.token), grant })
    assert.equal((await bank.api.get(path, { token: byKey })).status, 200)
  })

  const nobodys: Record<string, () => Credential | Promise<Credential>> = {
    'no token': () => async () => ({}),
    'an expired token': () => bearer(mint.firstParty(claimsIn(her.token), { age_s: 901, ttl_s: 900 })),
    'a token for another audience': () => bearer(mint.firstParty({ ...claimsIn(her.token), aud: 'somebody-else' })),
    'a token of another issuer': () => bearer(mint.firstParty({ ...claimsIn(her.token), iss: 'https://evil.example' })),
    'a token of a session that has ended': () => bearer(ended),
    "a third party's token of a session that has ended": () => proved(boundToken(her, { sid: claimsIn(ended).sid })),
    'the token of a service': () => bearer(serviceToken()),
    'a proof of step-up as a token': () =>
      bearer(mint.firstParty({ ...claimsIn(her.token), aud: 'bankflow-step-up' }, { typ: 'step-up+jwt' })),
    'an ID token': () => bearer(mint.thirdParty({ iss: bank.url, aud: 'a-shop', sub: her.user_id }, { typ: 'JWT' })),
    'her own token in the DPoP scheme': () => proved(her.token),
    "a third party's token as a bearer": () => bearer(boundToken(her)),
    "a third party's token with a proof for elsewhere": () =>
      proved(boundToken(her), { htu: `${bank.url}/api/v1/elsewhere` }),
    "a third party's token with another's proof": async () => proved(boundToken(her), { by: await dpopKey() }),
    "a third party's token for another bank": () =>
      proved(boundToken(her, { iss: 'https://evil.example', aud: 'https://evil.example/api/v1' })),
    "a third party's token by the key of people": () => proved(mint.firstParty(claimsIn(boundToken(her)))),
    'a token that is bound to a certificate, without it': () =>
      bearer(boundToken(her, { cnf: { 'x5t#S256': hash('sha256', 'a certificate', 'base64url') } })),
    'an unbound token of a client': () => bearer(mint.firstParty({ ...claimsIn(her.token), client_id: 'a-shop' })),
    'a key that is none': () => bearer(`bfk_${'0'.repeat(32)}_${'a'.repeat(43)}_00000000`),
  }
  for (const [what, made] of Object.entries(nobodys)) {
    test(`${what} opens nothing`, async () => {
      const credential = await made()
      assert.deepEqual(await everyAnswer(credential, isUnknown), [])
    })
  }

  for (const [what, made] of [
    ['a third party without a scope', () => proved(boundToken(her, { scope: '' }))],
    [
      'a key without a scope',
      () => bearer(mint.firstParty({ ...claimsIn(her.token), grant: { kind: 'api_key', scopes: [] } })),
    ],
    [
      "a key that claims a role of staff's",
      () =>
        bearer(
          mint.firstParty({
            ...claimsIn(her.token),
            roles: ['admin', 'customer'],
            grant: { kind: 'api_key', scopes: [] },
          }),
        ),
    ],
    ["a third party that claims a role of staff's", () => proved(boundToken(her, { scope: '', roles: ['admin'] }))],
  ] as const) {
    test(`${what} may do nothing`, async () => {
      assert.deepEqual(await everyAnswer(made(), isForbidden), [])
    })
  }

  test('a third party with every scope sees no account that she did not choose for it, and moves nothing', async () => {
    const actions = ['accounts', 'balances', 'transactions']
    const details = [{ type: 'account_access', actions, account_ids: [her.savings_id] }]
    const credential = proved(boundToken(her, { authorization_details: details }))
    const wrong = await everyAnswer(credential, (reply, sent) => {
      if (sent.operation.access.scope === undefined) return isForbidden(reply, sent)
      if (sent.operation.access.owner !== undefined && ![403, 404].includes(reply.status)) return 'is not refused'
      if (sent.operation.method !== 'GET' && reply.status < 400 && !ABOUT_HER.includes(sent.operation.access.scope))
        return 'is done'
      return reply.status >= 500 || reply.status === 401 || reply.body?.code === 'VALIDATION_FAILED'
        ? 'is refused for the wrong reason'
        : toldOf(reply, sent, her.secrets.account)
    })
    assert.deepEqual(wrong, [])
  })

  test("another customer's third party finds nothing of hers, though its consent names her accounts", async () => {
    const account_ids = [her.account_id, her.savings_id]
    const details = [{ type: 'account_access', actions: ['accounts', 'balances', 'transactions'], account_ids }]
    const { person, account, savings } = her.secrets
    const wrong = await everyAnswer(proved(boundToken(stranger, { authorization_details: details })), (reply, sent) => {
      if (sent.operation.access.scope === undefined) return isForbidden(reply, sent)
      if (sent.operation.access.owner !== undefined && ![403, 404].includes(reply.status)) return 'is not refused'
      return toldOf(reply, sent, [...person, ...account, ...savings])
    })
    assert.deepEqual(wrong, [])
  })

  test('what is between services is reached by none of them', async () => {
    for (const [what, credential] of [
      ['her token', bearer(her.token)],
      ['a third party', proved(boundToken(her))],
      ['the token of a service', bearer(serviceToken())],
    ] as const) {
      const wrong: string[] = []
      for (const { operation } of internal) {
        const path = operation.path.replace(/:\w+/g, newId())
        const headers = await credential({ method: operation.method, path })
        const body = operation.method === 'GET' ? undefined : '{}'
        const type = body === undefined ? {} : { 'content-type': 'application/json' }
        for (const prefix of ['', '/api/v1']) {
          const sent = { method: operation.method, headers: { ...headers, ...type }, ...(body ? { body } : {}) }
          const { status } = await fetch(bank.url + prefix + path, sent)
          if (status !== 404) wrong.push(`${what}: ${prefix}${path} answered ${status}`)
        }
      }
      assert.deepEqual(wrong, [])
    }
  })

  test('after all that nothing was written', async () => {
    const now = new Set(await everyRow())
    const then = new Set(atFirst)
    const came = [...now].filter((row) => !then.has(row))
    const gone = atFirst.filter((row) => !now.has(row))
    assert.deepEqual({ gone, came }, { gone: [], came: [] })
  })
})
