import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Api, aKey, PASSWORD } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** What nobody does alone, and what acts for others does less than they may: by the bank's own doors. */
describe('two persons, keys and delegates', () => {
  let bank: TestBank
  let api: Api

  before(async () => {
    bank = await openBank()
    api = bank.api
  })
  after(() => bank.close())

  /** The approval of a subject, once the queue has it. */
  function inQueue(token: string, subject_id: string) {
    return eventually(async () => {
      const { body } = await api.expect(200, api.get('/admin/approvals', { token }))
      const found = body.items.find((one: { subject_id: string }) => one.subject_id === subject_id)
      assert.ok(found)
      return found as { approval_id: string; summary: string; request_reason: string | null }
    })
  }

  test('a second admin gives roles through the queue, and the old rights are gone', async () => {
    const [ada, ben] = await Promise.all([api.signIn('admin'), api.signIn('admin2')])
    const person = await api.newStranger()
    const { user_id, token } = person
    const wish = { roles: ['auditor'], reason: 'moves to the third floor' }
    const { body } = await api.expect(202, api.send('PUT', `/users/${user_id}/roles`, wish, { token: ada }))
    const { approval_id, summary, request_reason } = await inQueue(ben, body.proposal_id)
    assert.match(summary, /customer → auditor$/)
    assert.equal(request_reason, null, 'what is said of a person is read where it stands')
    const read = await api.expect(200, api.get(`/user-proposals/${body.proposal_id}`, { token: ben }))
    assert.equal(read.body.reason, wish.reason)
    const decide = (who: string) =>
      api.post(`/admin/approvals/${approval_id}/decision`, { decision: 'APPROVE', reason: 'known' }, { token: who })
    assert.equal((await decide(ada)).status, 403)
    await api.expect(200, api.get('/auth/me', { token }))
    await api.expect(200, decide(ben))
    await eventually(async () => (await api.get('/auth/me', { token })).status === 401)
    const auditor = await api.signIn(person.email, PASSWORD)
    assert.deepEqual((await api.get('/auth/me', { token: auditor })).body.roles, ['auditor'])
    const { body: acts } = await eventually(async () => {
      const found = await api.get(`/audit?operation=approveUserProposal&entity_id=${body.proposal_id}`, {
        token: auditor,
      })
      assert.equal(found.body.items?.length, 1)
      return found
    })
    assert.equal(acts.items[0].outcome, 'done')
  })

  test('limits that staff lowered are raised by two officers through the queue, and by nobody else', async () => {
    const [one, two] = await Promise.all([api.signIn('officer'), api.signIn('officer2')])
    const { token, account_id } = await api.newCustomer()
    const path = `/accounts/${account_id}/settings`
    const set = (daily_limit_cents: number, who: string) => api.send('PUT', path, { daily_limit_cents }, { token: who })
    await api.expect(200, set(5_000, one))
    assert.equal((await set(5_001, token)).body.code, 'LIMIT_TOO_HIGH')
    assert.equal((await set(5_001, one)).body.code, 'SECOND_PERSON_NEEDED')
    const wish = { daily_limit_cents: 8_000, reason: 'asked at the counter' }
    const { body } = await api.expect(202, api.post(`/accounts/${account_id}/limit-proposals`, wish, { token: one }))
    const { approval_id, summary } = await inQueue(two, body.proposal_id)
    assert.match(summary, /80\.00 EUR a day$/)
    const decision = { decision: 'APPROVE', reason: 'seen' }
    const decide = (who: string) => api.post(`/admin/approvals/${approval_id}/decision`, decision, { token: who })
    assert.equal((await decide(one)).status, 403)
    await api.expect(200, decide(two))
    assert.equal((await api.get(path, { token })).body.daily_limit_cents, 8_000)
  })

  test('a program pays with a key of a business customer, within its account and its limits, until the key is ended', async () => {
    const teller = await api.signIn('teller')
    const [firm, payee] = await Promise.all([api.newCustomer(), api.newCustomer()])
    const { token } = firm
    const { account_id } = await api.openAccount(token, { account_type: 'BUSINESS' })
    await api.deposit(teller, account_id, 100_000)
    const wish = { name: 'Payroll', scopes: ['account_information', 'payments'], account_ids: [account_id] }
    const limits = { max_amount_cents: 3_000, max_day_cents: 5_000 }
    const { body } = await api.expect(201, api.post('/api-keys', { ...wish, ...limits, password: PASSWORD }, { token }))
    const { key, secret } = body
    const sent = { destination_account_id: payee.account_id, currency: 'EUR' }
    const pay = (amount_cents: number, source_account_id = account_id) =>
      api.post('/transactions/transfer', { ...sent, source_account_id, amount_cents }, { token: secret, key: aKey() })
    await api.expect(200, api.get(`/accounts/${account_id}/balance`, { token: secret }))
    const own = (await api.expect(200, api.get('/accounts', { token: secret }))).body.items
    assert.deepEqual(
      own.map((one: { account_id: string }) => one.account_id),
      [account_id],
    )
    assert.equal((await api.get(`/accounts/${firm.account_id}`, { token: secret })).status, 404)
    assert.equal((await pay(100, firm.account_id)).status, 404)
    assert.equal((await pay(3_001)).body.code, 'SPENDING_LIMIT')
    const { transaction_id } = (await api.expect(202, pay(3_000))).body
    assert.equal((await api.ended(token, transaction_id)).status, 'COMPLETED')
    assert.equal((await pay(2_001)).body.code, 'SPENDING_LIMIT')
    for (const path of ['/api-keys', '/auth/sessions', `/accounts/${account_id}/settings`])
      assert.equal((await api.get(path, { token: secret })).status, 403, path)
    const mistyped = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')
    assert.equal((await api.get('/accounts', { token: mistyped })).status, 401)
    await api.expect(204, api.send('DELETE', `/api-keys/${key.key_id}`, undefined, { token }))
    await eventually(async () => (await api.get('/accounts', { token: secret })).status === 401)
  })

  test('a delegate pays up to what the owner set, and not from elsewhere', async () => {
    const teller = await api.signIn('teller')
    const [owner, dan] = await Promise.all([api.newCustomer(), api.newCustomer()])
    const { account_id } = owner
    await api.deposit(teller, account_id, 100_000)
    const limits = { max_amount_cents: 1_000, max_day_cents: 1_500 }
    const added = { customer_id: dan.customer_id, relation: 'DELEGATE', capabilities: ['view', 'debit'], limits }
    await api.expect(201, api.post(`/accounts/${account_id}/owners`, added, { token: teller }))
    const pay = (amount_cents: number) => {
      const body = {
        source_account_id: account_id,
        destination_account_id: dan.account_id,
        amount_cents,
        currency: 'EUR',
      }
      return api.post('/transactions/transfer', body, { token: dan.token, key: aKey() })
    }
    assert.equal((await pay(1_001)).body.code, 'SPENDING_LIMIT')
    await api.expect(202, pay(1_000))
    assert.equal((await pay(501)).body.code, 'SPENDING_LIMIT')
    const path = `/accounts/${account_id}/owners/${dan.customer_id}/limits`
    const more = { limits: { max_amount_cents: 1_000, max_day_cents: 2_000 } }
    assert.equal((await api.send('PUT', path, more, { token: dan.token })).status, 404)
    await api.expect(200, api.send('PUT', path, more, { token: owner.token }))
    await api.expect(202, pay(501))
    assert.equal(
      (await api.send('PUT', path.replace(dan.customer_id, newId()), more, { token: owner.token })).status,
      404,
    )
  })
})
