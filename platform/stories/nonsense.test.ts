import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createStaff } from '#services/identity-service/src/seed.ts'
import { publicRoutes } from '../catalogue.ts'
import { type Api, PASSWORD } from '../testing/api.ts'
import { type GeneratedRequest, requestOf, sendGenerated } from '../testing/generated-requests.ts'
import { faultIn, nonsenseOf } from '../testing/nonsense.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { plantRichCustomer, type RichCustomer } from '../testing/rich-customer.ts'

/** Requests under way at a time. */
const AT_ONCE = 8

/** Words that a question takes where it is asked otherwise. */
const OTHERWISE = { basis: 'value', order: 'oldest', kind: 'MONTH', format: 'beancount', history: true }

/** What is proposed of each kind has fields of its own. */
const SPECIAL: Readonly<Record<string, Record<string, unknown>>> = {
  proposeBooking: {
    kind: 'TRANSACTION',
    reason: 'A fee that was forgotten',
    transaction: {
      ...{ business_event: 'CORRECTION', reference: 'fee', description: 'A fee that was forgotten', currency: 'EUR' },
      postings: [{ debit: 'CASH', credit: 'FEE_INCOME', amount_cents: 1, currency: 'EUR' }],
      exchange: { sell_currency: 'EUR', buy_currency: 'USD', rate: '1.1' },
      ...{ metadata: { order: '1' }, product: 'EVERYDAY', value_date: '2026-11-01', is_limited: false },
    },
  },
}

/** Every field of every operation takes only what it says: everything else is the caller's mistake, and never the bank's. */
describe('nonsense in every field of the ledger', () => {
  const routes = publicRoutes('sandbox').filter(
    ({ operation: { service, access, stream, sandbox } }) =>
      service === 'ledger-service' && access.roles !== undefined && stream !== true && sandbox !== true,
  )
  let bank: TestBank
  let api: Api
  let her: RichCustomer
  const tokens = new Map<string, string>()

  before(async () => {
    bank = await openBank()
    api = bank.api
    her = await plantRichCustomer(bank, await api.newCustomer())
    for (const role of new Set(routes.flatMap(({ operation }) => operation.access.roles?.slice(0, 1) ?? []))) {
      const email = `${role}@staff.example.test`
      await createStaff(bank.bank.openingOf('identity-service'), {
        email,
        roles: [role],
        password: PASSWORD,
        enrolTotp: false,
      })
      tokens.set(role, await api.signIn(email, PASSWORD))
    }
  })
  after(() => bank.close())

  test('each is answered as it should be or refused with a problem of the caller', async () => {
    const wrong: string[] = []
    let refused = 0
    for (const route of routes) {
      const { id, access } = route.operation
      const token = tokens.get(access.roles?.[0] as string) as string
      const all = [her.known, { ...her.savings, ...OTHERWISE }].flatMap((known) =>
        nonsenseOf(route, requestOf(route, known, SPECIAL[id])),
      )
      while (all.length > 0) {
        await Promise.all(
          all.splice(0, AT_ONCE).map(async (sent) => {
            const reply = await sendGenerated(api, sent, token)
            if (reply.status >= 400) refused++
            const what = faultIn(reply)
            if (what !== undefined) wrong.push(`${id} ${saidIn(sent)}: ${what}`)
          }),
        )
      }
    }
    assert.ok(refused > 1_000, `${refused} were refused`)
    assert.deepEqual(wrong, [])
  })
})

function saidIn({ path, body }: GeneratedRequest): string {
  return `${path.slice(0, 200)} ${JSON.stringify(body)?.slice(0, 300)}`
}
