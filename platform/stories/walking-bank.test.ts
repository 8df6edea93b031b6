import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Api, aKey, type NewPerson, type Reply } from '../testing/api.ts'
import { listenToNotices } from '../testing/notices.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

const WITHOUT_READER = ['/usr/bin/pdftotext', '/usr/local/bin/pdftotext', '/opt/homebrew/bin/pdftotext'].some((file) =>
  existsSync(file),
)
  ? {}
  : { skip: 'no pdftotext on this machine' }

/** People are known before they hold money, everybody is told, and every act leaves a trail. */
describe('the walking bank', () => {
  let bank: TestBank
  let api: Api
  let statement: Buffer | undefined

  before(async () => {
    bank = await openBank()
    api = bank.api
  })
  after(() => bank.close())

  test('from a stranger to a statement: profile, KYC, deposit, transfer, both told live and by mail, and an auditor finds every act', async () => {
    const correlation_id = newId()
    const traced = { 'x-correlation-id': correlation_id }
    const [payer, payee, officer, teller, auditor] = await Promise.all([
      api.newStranger(),
      api.newCustomer(),
      api.signIn('officer'),
      api.signIn('teller'),
      api.signIn('auditor'),
    ])
    const as = (token: string, key?: string) => ({ token, headers: traced, ...(key === undefined ? {} : { key }) })

    const profile = {
      first_name: 'Walking',
      last_name: 'Customer',
      date_of_birth: '1988-03-09',
      email: payer.email,
      address: { street: 'Mill Lane 7', postal_code: '1100-148', town: 'Lisboa', country: 'PT' },
      home_currency: 'EUR',
    }
    await api.expect(201, api.post('/customers', profile, as(payer.token)))
    const waiting = await api.firstAccount(payer, 'PENDING')
    const early = await api.post(
      '/transactions/deposit',
      { account_id: waiting.account_id, amount_cents: 100, currency: 'EUR' },
      { token: teller, key: aKey() },
    )
    assert.deepEqual([early.status, early.body.code], [409, 'ACCOUNT_PENDING'], 'nothing is booked before KYC')
    const second = await api.expect(201, api.post('/accounts', { currency: 'EUR' }, as(payer.token)))
    assert.equal(second.body.status, 'PENDING', 'an account before KYC is pending')

    const documents = [{ document_id: newId(), document_type: 'PASSPORT', issuing_country: 'PT' }]
    await api.expect(202, api.post(`/customers/${payer.customer_id}/kyc`, { documents }, as(payer.token)))
    const decision = { decision: 'APPROVE', reason: 'Passport and face agree', risk_category: 'LOW' }
    await api.expect(200, api.post(`/customers/${payer.customer_id}/kyc/decision`, decision, as(officer)))
    const { account_id } = await active(payer, waiting.account_id)

    const [payersLine, payeesLine] = await Promise.all([
      listenToNotices(bank.url, payer.token),
      listenToNotices(bank.url, payee.token),
    ])
    const deposit = { account_id, amount_cents: 100_000, currency: 'EUR', description: 'First money' }
    const cash = await api.expect(202, api.post('/transactions/deposit', deposit, as(teller, aKey())))
    assert.equal((await api.ended(payer.token, cash.body.transaction_id)).status, 'COMPLETED')
    const wish = {
      source_account_id: account_id,
      destination_account_number: payee.account_number,
      amount_cents: 25_000,
      currency: 'EUR',
      description: 'Rent for March',
    }
    const sent = await api.expect(202, api.post('/transactions/transfer', wish, as(payer.token, aKey())))
    const transfer = await api.ended(payer.token, sent.body.transaction_id)
    assert.equal(transfer.status, 'COMPLETED')

    for (const line of [payersLine, payeesLine])
      await eventually(() =>
        assert.ok(
          line.heard.some(({ event, data }) => event === 'notification' && data.subject_id === transfer.transaction_id),
        ),
      )
    payersLine.stop()
    payeesLine.stop()
    for (const { email } of [payer, payee]) {
      await eventually(async () => {
        const { body } = await api.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
        assert.ok(
          body.items.some((mail: { text: string }) => mail.text.includes('250.00')),
          'a mail says what was sent',
        )
      })
    }
    await statementShows(payer.token, account_id)
    await auditorFinds(auditor, correlation_id, [
      'createCustomer',
      'openAccount',
      'submitKyc',
      'decideKyc',
      'depositCash',
      'transferMoney',
    ])
  })

  async function active(person: NewPerson, account_id: string): Promise<{ account_id: string }> {
    return eventually(async () => {
      const { body } = await api.get(`/accounts/${account_id}`, { token: person.token })
      assert.equal(body.status, 'ACTIVE')
      return { account_id }
    })
  }

  async function statementShows(token: string, account_id: string): Promise<void> {
    const { body: clock } = await api.get('/sandbox/clock')
    const period = `from=${clock.business_date}&to=${clock.business_date}`
    const { body } = await api.expect(200, api.get(`/accounts/${account_id}/statement?${period}`, { token }))
    assert.deepEqual(
      [body.opening_balance_cents, body.credits_cents, body.debits_cents, body.closing_balance_cents],
      [0, 100_000, 25_000, 75_000],
    )
    const pdf = await fetch(`${bank.url}/api/v1/accounts/${account_id}/statement?${period}&format=pdf`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(pdf.headers.get('content-type'), 'application/pdf')
    const bytes = Buffer.from(await pdf.arrayBuffer())
    assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
    statement = bytes
  }

  async function auditorFinds(auditor: string, correlation_id: string, operations: readonly string[]): Promise<void> {
    const acts = await eventually(async () => {
      const { body } = await api.expect(
        200,
        api.get(`/audit?correlation_id=${correlation_id}&limit=200`, { token: auditor }),
      )
      const found = new Set(body.items.map((act: { operation: string }) => act.operation))
      assert.deepEqual(
        operations.filter((operation) => !found.has(operation)),
        [],
      )
      return body.items as { operation: string; audit_id: string; has_change: boolean }[]
    })
    const decided = acts.find((act) => act.operation === 'decideKyc' && act.has_change)
    assert.ok(decided, 'the decision says what it changed')
    const { body: act } = await api.expect(200, api.get(`/audit/${decided.audit_id}`, { token: auditor }))
    assert.match(act.before, /IN_REVIEW/)
    assert.match(act.after, /VERIFIED/)
    const { body: verdict } = await api.expect(200, api.get('/audit/verify', { token: auditor }))
    assert.deepEqual([verdict.is_intact, verdict.broken], [true, null])
    assert.ok(verdict.checked >= operations.length)
  }

  test('the PDF of the statement can be read by a program, and says the same', WITHOUT_READER, async () => {
    assert.ok(statement)
    const folder = await mkdtemp(join(tmpdir(), 'bankflow-statement-'))
    try {
      await writeFile(join(folder, 'statement.pdf'), statement)
      const text = execFileSync('pdftotext', ['-layout', join(folder, 'statement.pdf'), '-'], { encoding: 'utf8' })
      for (const shown of ['Walking Customer', 'Rent for March', '250.00', '750.00'])
        assert.ok(text.includes(shown), shown)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('the unhappy twin: KYC rejected, the opening compensated, and nothing left behind', async () => {
    const planted = 'Zwischenfall'
    const person = await api.newStranger()
    await api.makeProfile(person, {
      last_name: planted,
      address: { street: `${planted} 9`, postal_code: '1', town: planted, country: 'PT' },
    })
    const { account_id } = await api.firstAccount(person, 'PENDING')
    await api.submitKyc(person)
    await api.decideKyc(person, { decision: 'REJECT', reason: 'The document belongs to somebody else', is_final: true })
    await eventually(async () => {
      const { body } = await api.get(`/accounts/${account_id}`, { token: person.token })
      assert.equal(body.status, 'CLOSED')
    })
    const husk = await eventually(async () => {
      const reply = await api.expect(200, api.get(`/customers/${person.customer_id}`, { token: person.token }))
      assert.equal(reply.body.status, 'ROLLED_BACK')
      return reply.body
    })
    assert.deepEqual([husk.first_name, husk.last_name, husk.address, husk.date_of_birth], [null, null, null, null])
    const officer = await api.signIn('officer')
    const found = await api.get(`/customers/search?name=${planted}`, { token: officer })
    assert.deepEqual(found.body.items, [], 'nobody finds him any more')
    const { body: ledger } = await api.get(`/ledger/accounts/${account_id}`, { token: officer })
    assert.deepEqual([ledger.state, ledger.ledger_balance_cents, ledger.held_cents], ['CLOSED', 0, 0])
    const again: Reply = await api.post('/accounts', { currency: 'EUR' }, { token: person.token })
    assert.ok(again.status >= 400 && again.status < 500, `${again.status} ${again.body.code}`)
    const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: officer })
    assert.ok(trial.currencies.every((line: { is_balanced: boolean }) => line.is_balanced))
  })
})
