import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ROLES } from '#contracts/enums.ts'
import { isInternal } from '#libs/contract/operation.ts'
import type { Route } from '#libs/http/openapi.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { createStaff } from '#services/identity-service/src/seed.ts'
import { publicRoutes, services } from '../catalogue.ts'
import {
  answerOf,
  ENDS_HERS,
  ENDS_OWN,
  type Helper,
  isLetIn,
  isRefusedWrongly,
  may,
  placeOf,
  rowOf,
  SPECIAL,
  toldOf,
  type Wrong,
} from '../testing/access-rules.ts'
import { type Api, type NewPerson, PASSWORD, type Reply } from '../testing/api.ts'
import { type GeneratedRequest, type Known, requestOf, sendGenerated } from '../testing/generated-requests.ts'
import { resigned } from '../testing/minted-tokens.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { plantRichCustomer, type RichCustomer, type Secrets } from '../testing/rich-customer.ts'
import { settledRows } from '../testing/stored-rows.ts'

/** Ids of what a healthy bank does not have, or of what somebody else proposed, and the 404 that even the rightful caller gets. */
const ABSENT: Readonly<Record<string, string>> = {
  replayAdminDeadLetter: 'DEAD_LETTER_NOT_FOUND',
  getWebSession: 'NO_WEB_SESSION',
  withdrawProposal: 'PROPOSAL_NOT_FOUND',
  ...alike('PROPOSAL_NOT_FOUND', [
    'getUserProposal',
    'approveUserProposal',
    'rejectUserProposal',
    'withdrawUserProposal',
  ]),
  ...alike('PROPOSAL_NOT_FOUND', ['getLimitProposal', 'approveLimitProposal', 'rejectLimitProposal']),
  ...alike('CLIENT_NOT_FOUND', ['getClient', 'suspendClient']),
  ...alike('CONSENT_NOT_FOUND', ['getConsent', 'revokeConsent', 'endConsent']),
  ...alike('FACTOR_NOT_FOUND', ['confirmPhone', 'removeFactor', 'renamePasskey']),
  ...alike('API_KEY_NOT_FOUND', ['rotateApiKey', 'revokeApiKey']),
  forgetDevice: 'DEVICE_NOT_FOUND',
  decideScaPolicy: 'POLICY_NOT_FOUND',
}

function alike(code: string, ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [id, code]))
}

/** Whoever knows a number may pay to it, and so learns which account it is: his transfers say so too. */
const BY_NUMBER = 'addBeneficiary'
/** Tables in which rows about her may come and go by what others are refused or do for themselves. */
const TRACES = /^(outbox|audit_\w+|acts|jobs\.\w+|idempotency_keys)$/

describe('the access matrix: every operation, every caller', () => {
  const routes = publicRoutes('sandbox').toSorted((a, b) => placeOf(a, []) - placeOf(b, []))
  let bank: TestBank
  let api: Api
  let her: RichCustomer
  let stranger: NewPerson & { account_id: string }
  let helpers: Helper[]
  let staff: Map<string, string>
  let everything: Secrets
  let atFirst: string[]

  before(async () => {
    bank = await openBank()
    api = bank.api
    staff = new Map(await Promise.all(ROLES.filter((role) => role !== 'customer').map(hire)))
    const [relative, delegate, joint] = await Promise.all([api.newCustomer(), api.newCustomer(), api.newCustomer()])
    stranger = await api.newCustomer()
    her = await plantRichCustomer(bank, relative)
    everything = [...her.secrets.person, ...her.secrets.account, ...her.secrets.savings]
    await letOnto(her.account_id, { customer_id: delegate.customer_id, relation: 'DELEGATE', capabilities: ['view'] })
    await letOnto(her.account_id, { customer_id: joint.customer_id, relation: 'JOINT' })
    helpers = [
      { ...delegate, who: 'a delegate who may look', capabilities: ['view'], on: ['account'] },
      { ...relative, who: 'a relative who may pay', capabilities: ['view', 'debit'], on: ['account', 'savings'] },
      { ...joint, who: 'a joint holder', capabilities: ['view', 'debit', 'manage'], on: ['account'] },
    ]
    await eventually(async () => {
      const seen = await Promise.all(
        helpers.map(({ token }) => api.get(`/accounts/${her.account_id}/transactions`, { token })),
      )
      return seen.every(({ status }) => status === 200)
    })
    atFirst = await herRows()
  })
  after(() => bank.close())

  async function hire(role: (typeof ROLES)[number]): Promise<[string, string]> {
    const email = `${role}@staff.example.test`
    await createStaff(bank.bank.openingOf('identity-service'), {
      email,
      roles: [role],
      password: PASSWORD,
    })
    return [role, email]
  }

  async function letOnto(account_id: string, owner: object): Promise<void> {
    const token = await api.signIn('teller')
    await api.expect(201, api.post(`/accounts/${account_id}/owners`, owner, { token }))
  }

  /** Every row of every service that names her, once nothing is under way any more. Notices of others, and her as their payee, are theirs. */
  function herRows(): Promise<string[]> {
    return settledRows(bank, ({ table, columns }, text) => {
      if (TRACES.test(table) || (columns.user_id ?? her.user_id) !== her.user_id) return false
      const isAnothers = table === 'beneficiaries' && columns.customer_id !== her.customer_id
      return !isAnothers && her.ids.some((id) => text.includes(id))
    })
  }

  function request(route: Route, known: Known = her.known): GeneratedRequest {
    return requestOf(route, known, SPECIAL[route.operation.id])
  }

  /** Sends every wanted route, signed in anew, and says what is wrong with the answers, all of them at once. */
  async function everyAnswer(
    wanted: (route: Route) => boolean,
    { email, token, known = her.known }: { email?: string | undefined; token?: string | undefined; known?: Known },
    wrongWith: (reply: Reply, sent: GeneratedRequest, token: string) => Wrong | Promise<Wrong>,
  ): Promise<string[]> {
    const wrong: string[] = []
    const signIn = async (): Promise<string | undefined> => (email === undefined ? token : api.signIn(email, PASSWORD))
    let bearer = await signIn()
    for (const route of routes.filter(wanted)) {
      if (ENDS_OWN.includes(route.operation.id)) bearer = await signIn()
      const sent = request(route, known)
      const reply = await sendGenerated(api, sent, bearer)
      const what = await wrongWith(reply, sent, bearer as string)
      if (typeof what === 'string')
        wrong.push(`${route.operation.id} ${sent.method} ${route.path}: ${what}; ${answerOf(reply)}`)
    }
    return wrong
  }

  test('without a token, and with one that has expired, nothing but what is open to anyone answers', async () => {
    const expired = await resigned(bank, her.token, { age_s: 901, ttl_s: 900 })
    const fresh = await resigned(bank, her.token, { age_s: 840, ttl_s: 900 })
    assert.equal((await api.get('/auth/me', { token: fresh })).status, 200, 'only its age is wrong with it')
    for (const token of [undefined, expired]) {
      const wrong = await everyAnswer(
        ({ operation }) => rowOf(operation) !== 'anyone',
        { token },
        ({ status, body }) => (status !== 401 || body.code !== 'UNAUTHENTICATED' ? 'is answered' : undefined),
      )
      assert.deepEqual(wrong, [])
    }
  })

  test('another customer gets a 404 for what is hers, a 403 for the work of staff, and of himself nothing that is hers', async () => {
    const absent = Object.fromEntries(
      Object.entries(her.known).map(([name, value]) => [name, her.ids.includes(value as string) ? newId() : value]),
    )
    const wrong = await everyAnswer(
      ({ operation }) => rowOf(operation) !== 'anyone',
      { email: stranger.email },
      async (reply, sent, token) => {
        const byNumber = sent.operation.id === BY_NUMBER ? her.account_id : undefined
        const told = toldOf(
          reply,
          sent,
          everything.filter((secret) => secret !== byNumber),
        )
        if (told !== undefined) return told
        const { status, body } = reply
        switch (rowOf(sent.operation)) {
          case 'owned':
            return `${status} ${body?.code}` !== '404 NOT_FOUND'
              ? 'is no plain 404'
              : existenceTold(reply, sent, { known: absent, token })
          case 'self':
            return isRefusedWrongly(reply)
              ? 'is refused for the wrong reason'
              : existenceTold(reply, sent, { known: absent, token })
          default:
            return body?.code !== 'FORBIDDEN' && 'is not forbidden'
        }
      },
    )
    assert.deepEqual(wrong, [])
  })

  test('an object of his own opens no other: her ids behind the id of his account or profile find nothing', async () => {
    const { account_id, customer_id } = stranger
    const his = { account_id, customer_id, source_account_id: account_id, ledger_account_id: account_id }
    const known = { ...her.known, ...his, payout_account_id: her.known.destination_account_id }
    const wrong = await everyAnswer(
      ({ operation }) => rowOf(operation) === 'owned',
      { email: stranger.email, known },
      (reply, sent) => (isRefusedWrongly(reply) ? 'is refused for the wrong reason' : toldOf(reply, sent, everything)),
    )
    assert.deepEqual(wrong, [])
  })

  /** What differs where she does not exist: somebody could find out by asking. */
  async function existenceTold(
    reply: Reply,
    sent: GeneratedRequest,
    as: { known: Known; token: string },
  ): Promise<Wrong> {
    if (![403, 404].includes(reply.status)) return undefined
    const route = { operation: sent.operation, path: sent.operation.path }
    const twin = await sendGenerated(api, request(route, as.known), as.token)
    const [here, there] = [reply, twin].map(({ status, body }) => `${status} ${body.code} ${body.detail}`)
    return here === there ? undefined : `tells that it exists: ${here} where nothing does ${there}`
  }

  test('staff of every role do only what their role is for', async () => {
    const wrong: string[] = []
    for (const [role, email] of staff) {
      // The service itself lets an admin change anybody's name.
      const isForOthers = ({ operation: { access, ...operation } }: Route): boolean =>
        access.anyone !== true &&
        access.roles?.includes(role) !== true &&
        !(operation.id === 'updateUser' && role === 'admin')
      const found = await everyAnswer(isForOthers, { email }, (reply, sent) => {
        if (sent.operation.access.signedIn !== true) return reply.body?.code !== 'FORBIDDEN' && 'is not forbidden'
        return isRefusedWrongly(reply) ? 'is refused for the wrong reason' : toldOf(reply, sent, everything)
      })
      wrong.push(...found.map((what) => `${role}: ${what}`))
    }
    assert.deepEqual(wrong, [])
  })

  test('whoever is let onto an account sees that account, and not her, her payees or her other account', async () => {
    for (const helper of helpers) {
      const secrets = [...her.secrets.person, ...(helper.on.includes('savings') ? [] : her.secrets.savings)]
      for (const target of ['account', 'savings'] as const) {
        const known = target === 'account' ? her.known : her.savings
        const wanted = ({ operation }: Route): boolean =>
          ['owned', 'self'].includes(rowOf(operation)) &&
          (operation.method === 'GET' || !may(helper, operation, target))
        const wrong = await everyAnswer(wanted, { email: helper.email, known }, (reply, sent) => {
          const { operation } = sent
          if (rowOf(operation) === 'self')
            return isRefusedWrongly(reply) ? 'is refused for the wrong reason' : toldOf(reply, sent, secrets)
          if (!may(helper, operation, target))
            return `${reply.status} ${reply.body?.code}` !== '404 NOT_FOUND' && 'is no plain 404'
          return isLetIn(reply) ? toldOf(reply, sent, secrets) : 'is refused'
        })
        assert.deepEqual(wrong, [], `${helper.who}, ${target}`)
      }
    }
  })

  test('after all that nothing of hers is different', async () => {
    const now = await herRows()
    const [gone, came] = [atFirst.filter((row) => !now.includes(row)), now.filter((row) => !atFirst.includes(row))]
    assert.deepEqual({ gone, came }, { gone: [], came: [] })
  })

  test('what anyone may ask tells nothing of her, even with her address', async () => {
    const known = { ...her.known, password: 'not-the-one-of-hers' }
    const wrong = await everyAnswer(
      ({ operation }) => rowOf(operation) === 'anyone',
      { known },
      (reply, sent) =>
        reply.status >= 500 || ['UNAUTHENTICATED', 'VALIDATION_FAILED', 'FORBIDDEN'].includes(reply.body?.code)
          ? 'is not open'
          : toldOf(reply, sent, everything),
    )
    assert.deepEqual(wrong, [])
  })

  test('what is between services is not routed, and what only services may do is forbidden to the highest', async () => {
    const email = staff.get('admin') as string
    const token = await api.signIn(email, PASSWORD)
    for (const operation of services
      .flatMap((service) => service.operations.map(({ contract }) => contract))
      .filter(isInternal)) {
      const { status } = await api.send(operation.method, operation.path.replace(/:\w+/g, newId()), undefined, {
        token,
      })
      assert.equal(status, 404, operation.path)
    }
    const wrong = await everyAnswer(
      ({ operation }) => rowOf(operation) === 'services',
      { email },
      ({ body }) => body.code !== 'FORBIDDEN' && 'is done',
    )
    assert.deepEqual(wrong, [])
  })

  test('who may pay pays, who may manage manages, and she and the staff of each role are let in by the same requests', async () => {
    for (const helper of helpers) {
      const wrong = await everyAnswer(
        ({ operation }) =>
          rowOf(operation) === 'owned' && operation.method !== 'GET' && may(helper, operation, 'account'),
        helper,
        (reply, { operation }) =>
          operation.id === 'transferMoney' ? reply.status !== 202 && 'does not pay' : !isLetIn(reply) && 'is refused',
      )
      assert.deepEqual(wrong, [], helper.who)
    }
    const wrong: string[] = []
    const tokens = new Map(
      await Promise.all([...staff].map(async ([role, email]) => [role, await api.signIn(email, PASSWORD)] as const)),
    )
    for (const route of routes.toSorted((a, b) => placeOf(a, ENDS_HERS) - placeOf(b, ENDS_HERS))) {
      const { access, id } = route.operation
      const row = rowOf(route.operation)
      if (row === 'anyone' || row === 'services') continue
      const token = row === 'staff' ? tokens.get(access.roles?.[0] as string) : her.token
      const as = ENDS_OWN.includes(id) ? { email: her.email } : { token }
      const isFine = (reply: Reply): boolean =>
        isLetIn(reply) || (reply.status === 404 && reply.body.code === ABSENT[id])
      wrong.push(
        ...(await everyAnswer(
          (one) => one === route,
          as,
          (reply) => !isFine(reply) && 'is refused',
        )),
      )
    }
    assert.deepEqual(wrong, [])
  })
})
