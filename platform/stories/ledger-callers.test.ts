import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ROLES } from '#contracts/enums.ts'
import { newId } from '#libs/ids/ids.ts'
import { createStaff } from '#services/identity-service/src/seed.ts'
import { publicRoutes } from '../catalogue.ts'
import { type Api, type NewPerson, PASSWORD } from '../testing/api.ts'
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

/** The ledger tells each caller what is his, and takes in every field only what the contract says. */
describe('who asks the ledger, and what', () => {
  const routes = publicRoutes('sandbox').filter(
    ({ operation: { service, access, stream, sandbox } }) =>
      service === 'ledger-service' && access.roles !== undefined && stream !== true && sandbox !== true,
  )
  let bank: TestBank
  let api: Api
  let her: RichCustomer
  let stranger: NewPerson
  let relative: NewPerson
  const tokens = new Map<string, string>()

  before(async () => {
    bank = await openBank()
    api = bank.api
    ;[stranger, relative] = await Promise.all([api.newCustomer(), api.newCustomer()])
    her = await plantRichCustomer(bank, relative)
    for (const role of ROLES.filter((one) => one !== 'customer')) {
      const email = `${role}@staff.example.test`
      await createStaff(bank.bank.openingOf('identity-service'), {
        email,
        roles: [role],
        password: PASSWORD,
      })
      tokens.set(role, await api.signIn(email, PASSWORD))
    }
  })
  after(() => bank.close())

  test('by the id of a user only she and staff see what touched her accounts; whom she paid sees his side alone', async () => {
    const { ledger_transaction_id, entry_id } = her.known as Record<string, string>
    const [own, operator] = [her.token, await api.signIn('operator')]
    for (const token of [own, operator]) {
      const { body } = await api.expect(200, api.get(`/ledger/transactions/${her.user_id}`, { token }))
      const seen = body.items.map((one: Record<string, string>) => one.ledger_transaction_id)
      assert.ok(seen.includes(ledger_transaction_id))
    }
    for (const { email } of [stranger, her.payee, relative]) {
      const token = await api.signIn(email, PASSWORD)
      for (const id of [her.user_id, her.customer_id, her.user_id.toUpperCase(), newId()]) {
        const { status, body } = await api.get(`/ledger/transactions/${id}`, { token })
        assert.deepEqual([status, body.code, body.detail], [404, 'NOT_FOUND', 'Nothing is here'], `${email} ${id}`)
      }
    }
    const token = await api.signIn(her.payee.email, PASSWORD)
    const sidesOf = async (by: string) => {
      const { body } = await api.expect(200, api.get(`/ledger/transactions/${ledger_transaction_id}`, { token: by }))
      return [body.postings.map(Object.values), body.metadata]
    }
    const [paid, currency] = [her.secrets.account.find((one) => one === 12_347), 'EUR']
    assert.deepEqual(await sidesOf(own), [[[her.account_id, null, paid, currency]], null])
    assert.deepEqual(await sidesOf(token), [[[null, her.payee.account_id, paid, currency]], null])
    const { body: touched } = await api.expect(200, api.get(`/ledger/transactions/${her.payee.user_id}`, { token }))
    assert.ok(!JSON.stringify(touched).includes(her.account_id))
    const { body: his } = await api.expect(200, api.get(`/ledger/accounts/${her.payee.account_id}/entries`, { token }))
    const side = his.items.find((one: Record<string, string>) => one.ledger_transaction_id === ledger_transaction_id)
    const { body: receipt } = await api.expect(200, api.get(`/ledger/proofs/entries/${side.entry_id}`, { token }))
    assert.deepEqual([receipt.entry.ledger_account_id, receipt.transaction], [her.payee.account_id, null])
    assert.ok(!JSON.stringify([his, receipt]).includes(her.account_id))
    const days = `from=${her.known.from}&to=${her.known.to}`
    for (const path of [
      `/ledger/proofs/entries/${entry_id}`,
      `/ledger/accounts/${her.account_id}/entries`,
      `/ledger/accounts/${her.account_id}/balance`,
      `/ledger/accounts/${her.account_id}/holds`,
      `/ledger/accounts/${her.account_id}/statement?${days}`,
      `/ledger/proofs/accounts/${her.account_id}/statement?${days}`,
    ])
      assert.equal((await api.get(path, { token })).body.code, 'NOT_FOUND', path)
  })

  test('a bulk is not for people, however it is sent, and is refused before a line of it is read', async () => {
    const posting = { debit: her.account_id, credit: 'FEE_INCOME', amount_cents: 1 }
    const booking = {
      ...{ transaction_id: newId(), step: 'post', business_event: 'CORRECTION', reference: 'fee', description: 'fee' },
      ...{ currency: 'EUR', postings: [posting] },
    }
    const bulk = { mode: 'each', transactions: [booking] }
    const lines = { raw: `${JSON.stringify(booking)}\nnonsense\n`, headers: { 'content-type': 'application/x-ndjson' } }
    for (const token of [undefined, her.token, stranger.token, ...tokens.values()]) {
      const by = token === undefined ? {} : { token }
      const answers = [
        await api.post('/ledger/transactions/bulk', bulk, by),
        await api.post('/ledger/transactions/bulk?mode=each', undefined, { ...lines, ...by }),
        await api.post('/ledger/transactions/bulk?mode=atomic', undefined, { ...lines, ...by }),
      ]
      const wanted = token === undefined ? 'UNAUTHENTICATED' : 'FORBIDDEN'
      assert.deepEqual(
        answers.map(({ body }) => body.code),
        [wanted, wanted, wanted],
      )
    }
  })

  test('nonsense in any field is answered as it should be, or refused with a problem of the caller: never a fault of the bank', async () => {
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
