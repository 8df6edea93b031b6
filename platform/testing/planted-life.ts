import { randomUUID } from 'node:crypto'
import { eventually } from '#libs/testing/service-test.ts'
import { totpCode } from '#services/identity-service/src/totp.ts'
import { Api, aKey, type NewPerson, type Reply } from './api.ts'
import type { TestBank } from './open-bank.ts'

/** Personal data that stands nowhere else, so that it is found wherever it was left. */
export const PERSONAL = {
  first_name: 'Zephyrine',
  last_name: 'Oxenstjernholm',
  street: 'Kestrelgasse',
  town: 'Vindelmora',
  second_town: 'Skuggarike',
  phone: '+351918273645',
  second_phone: '+351918273699',
  email: 'zephyrine.planted@example.test',
  document_number: 'PX7719283',
  occupation: 'Vexillologist',
  payee_name: 'Thistledown',
  second_payee_name: 'Gossamerwick',
  payee_number: 'GB82WEST12345698765432',
  kyc_reason: 'Marmalade',
  kyc_rejection: 'Nutmegger',
  reveal_reason: 'Winterbourne',
  unlock_reason: 'Nettlecroft',
  rejected_name: 'Hollowmere',
} as const

/** Free words about money and accounts, which stand with the money and the accounts. */
export const WORDS = {
  description: 'Junipersettlement',
  reference: 'Saffronledger',
  nickname: 'Quincefund',
  freeze_reason: 'Bramblewick',
  decision_reason: 'Pumpernickel',
  reversal_reason: 'Tamarindo',
  setting_reason: 'Larkspurring',
  proposal_reason: 'Cobblewright',
  proposal_document: 'Peppercornish',
  proposal_decision: 'Wickerbasket',
  correction: 'Thimblerigger',
} as const

/** What a booking by hand is found by, for whoever hears of it too: numbers of documents, not words about anybody. */
export const KEYS = { reference: 'Doc-Thornapple-17', metadata: 'Dovetailing-42' } as const

/** Something that was sent, and what was answered to it. */
export interface Exchange {
  sent: string
  reply: Reply
}

/** The bank over HTTP, remembering everything that was said. */
export class RememberingApi extends Api {
  readonly exchanges: Exchange[] = []

  override async send(...[method, path, body, sent]: Parameters<Api['send']>): Promise<Reply> {
    const reply = await super.send(method, path, body, sent)
    this.exchanges.push({ sent: `${decodeURIComponent(path)} ${sent?.raw ?? JSON.stringify(body ?? {})}`, reply })
    return reply
  }
}

const LIVED_PASSWORD = 'Velvet-Harbour-81-lamps'

/** A life at the bank in which all that is planted goes wherever it may go, and where it must not; answers what must be known to nobody. */
export async function liveThrough(bank: TestBank, api: RememberingApi): Promise<string[]> {
  const { email } = PERSONAL
  const password = LIVED_PASSWORD
  const names = { first_name: PERSONAL.first_name, last_name: PERSONAL.last_name }
  await api.expect(202, api.post('/auth/register', { email, password, ...names }))
  const code = await api.codeFor(email)
  const { body: user } = await api.expect(200, api.post('/auth/verify', { email, code }))
  const { body: signedIn } = await api.expect(200, api.post('/auth/login', { email, password }))
  const { access_token, refresh_token } = signedIn.tokens
  const { body: renewed } = await api.expect(200, api.post('/auth/refresh', { refresh_token }))
  const token = renewed.access_token as string
  const person: NewPerson = { email, token, customer_id: user.customer_id, user_id: user.user_id }
  const [officer, teller, operator, admin] = (await Promise.all(
    ['officer', 'teller', 'operator', 'admin'].map((who) => api.signIn(who)),
  )) as [string, string, string, string]

  await becomeKnown(api, person, officer)
  await beLookedAt(api, person, { officer, teller, admin })
  await handleMoney(api, person, { officer, teller, operator })
  await api.expect(
    200,
    api.send(
      'PUT',
      '/admin/settings/mail.signature',
      { value: 'Your bank', reason: WORDS.setting_reason },
      { token: admin },
    ),
  )
  await beRejected(api, officer)
  await goWrong(api, person, officer)
  const more = await keepSecrets(bank, api, person, password)
  return [password, code, access_token, refresh_token, token, renewed.refresh_token, ...more]
}

/** Profile, papers, approval, a change of address. */
async function becomeKnown(api: Api, person: NewPerson, officer: string): Promise<void> {
  const { token, customer_id } = person
  const { first_name, last_name, phone, street, town } = PERSONAL
  const address = { street: `${street} 41`, postal_code: '1100-148', town, country: 'PT' }
  const profile = { first_name, last_name, phone, email: person.email, date_of_birth: '1979-02-23', address }
  const key = aKey()
  for (const _ of ['first', 'replayed']) await api.expect(201, api.post('/customers', profile, { token, key }))
  const passport = {
    document_id: randomUUID(),
    document_type: 'PASSPORT',
    document_number: PERSONAL.document_number,
    issuing_country: 'PT',
  }
  const papers = { documents: [passport], occupation: PERSONAL.occupation, source_of_funds: 'SALARY' }
  await api.expect(202, api.post(`/customers/${customer_id}/kyc`, papers, { token }))
  const approval = { decision: 'APPROVE', reason: `${PERSONAL.kyc_reason} coloured`, risk_category: 'LOW' }
  await api.expect(200, api.post(`/customers/${customer_id}/kyc/decision`, approval, { token: officer }))
  const moved = { phone: PERSONAL.second_phone, address: { ...address, town: PERSONAL.second_town } }
  await api.expect(200, api.send('PUT', `/customers/${customer_id}`, moved, { token }))
}

/** Staff search, reveal, write, unlock; somebody else is let act for her. */
async function beLookedAt(
  api: Api,
  { customer_id, user_id, email }: NewPerson,
  { officer, teller, admin }: Record<'officer' | 'teller' | 'admin', string>,
): Promise<void> {
  const searches = [
    `name=${PERSONAL.last_name}`,
    `email=${encodeURIComponent(email)}`,
    `phone=${encodeURIComponent(PERSONAL.second_phone)}`,
  ]
  for (const search of searches) {
    const { body } = await api.expect(200, api.get(`/customers/search?${search}`, { token: officer }))
    if (body.items.length !== 1) throw new Error(`nobody is found by ${search}`)
  }
  await api.expect(200, api.get(`/users?email=${encodeURIComponent(email)}`, { token: officer }))
  await api.expect(
    200,
    api.post(`/customers/${customer_id}/reveal`, { reason: PERSONAL.reveal_reason }, { token: officer }),
  )
  await api.expect(200, api.post(`/users/${user_id}/unlock`, { reason: PERSONAL.unlock_reason }, { token: admin }))
  await api.expect(200, api.send('PUT', `/users/${user_id}`, { first_name: PERSONAL.first_name }, { token: admin }))
  const friend = await api.newCustomer()
  const relation = { related_customer_id: friend.customer_id, relation: 'JOINT' }
  await api.expect(201, api.post(`/customers/${customer_id}/relations`, relation, { token: teller }))
  const notice = { user_id, template_id: 'user.welcome', variables: {} }
  await api.expect(202, api.post('/notifications/email', notice, { token: officer, key: aKey() }))
}

/** Accounts and payees, and what is said about them. */
async function handleMoney(
  api: Api,
  person: NewPerson,
  { officer, teller, operator }: Record<'officer' | 'teller' | 'operator', string>,
): Promise<void> {
  const { token } = person
  const { account_id } = await api.firstAccount(person, 'ACTIVE')
  const { account_number } = await api.newCustomer()
  await api.deposit(teller, account_id, 900_000)
  const key = aKey()
  for (const _ of ['first', 'replayed']) await api.expect(201, api.post('/beneficiaries', PAYEE, { token, key }))
  const { body: payees } = await api.get('/beneficiaries', { token })
  const renamed = { name: PERSONAL.second_payee_name }
  const path = `/beneficiaries/${payees.items[0].beneficiary_id}`
  await api.expect(200, api.send('PUT', path, renamed, { token, key: aKey() }))
  await api.expect(200, api.get(`/accounts/lookup?account_number=${account_number}`, { token }))
  await api.expect(200, api.send('PUT', `/accounts/${account_id}`, { nickname: WORDS.nickname }, { token }))
  await moveMoney(api, token, { account_id, account_number, operator })
  await correctBooks(api, account_id, { officer, operator })
  await api.expect(200, api.post(`/accounts/${account_id}/freeze`, { reason: WORDS.freeze_reason }, { token: officer }))
  await eventually(async () => (await api.get('/notifications', { token })).body.items.length > 3)
}

const PAYEE = {
  ...{ beneficiary_type: 'INTERNATIONAL', name: PERSONAL.payee_name, account_number: PERSONAL.payee_number },
  ...{ bank_code: 'WESTGB22', country: 'GB', currency: 'EUR' },
}

/** Transfers that are approved and undone, found again and printed. */
async function moveMoney(
  api: Api,
  token: string,
  { account_id, account_number, operator }: Record<'account_id' | 'account_number' | 'operator', string>,
): Promise<void> {
  const wish = {
    ...{ source_account_id: account_id, destination_account_number: account_number, currency: 'EUR' },
    ...{ description: WORDS.description, external_reference: WORDS.reference },
  }
  const pay = async (amount_cents: number): Promise<string> => {
    const body = { ...wish, amount_cents }
    const sent = await api.expect(202, api.pay(body, { token, password: LIVED_PASSWORD }))
    return (await api.ended(token, sent.body.transaction_id)).transaction_id
  }
  const [large, small] = [await pay(600_000), await pay(1_200)]
  const decision = { reason: WORDS.decision_reason }
  await api.expect(202, api.post(`/transactions/${large}/approve`, decision, { token: operator }))
  await eventually(async () => (await api.get(`/transactions/${large}`, { token })).body.status === 'COMPLETED')
  const reversal = { reason_code: 'DUPLICATE', reason: WORDS.reversal_reason }
  await api.expect(202, api.post(`/transactions/${small}/reverse`, reversal, { token: operator, key: aKey() }))
  await api.expect(200, api.get(`/transactions?q=${WORDS.description}`, { token }))
  const { body: clock } = await api.get('/sandbox/clock')
  const period = `from=${clock.business_date}&to=${clock.business_date}`
  for (const format of ['json', 'csv', 'pdf'])
    await api.expect(200, api.get(`/accounts/${account_id}/statement?${period}&format=${format}`, { token }))
}

/** An operator has something booked by hand, which an officer lets go on; another that he stops, with what is wrong in it. */
async function correctBooks(
  api: Api,
  account_id: string,
  { officer, operator }: Record<'officer' | 'operator', string>,
): Promise<void> {
  const transaction = {
    ...{ business_event: 'CORRECTION', reference: KEYS.reference, description: WORDS.correction, currency: 'EUR' },
    ...{
      postings: [{ debit: account_id, credit: 'FEE_INCOME', amount_cents: 7 }],
      metadata: { document: KEYS.metadata },
    },
  }
  const body = {
    ...{ kind: 'TRANSACTION', transaction, reason: WORDS.proposal_reason, documents: [WORDS.proposal_document] },
  }
  const reason = { reason: WORDS.proposal_decision }
  for (const decision of ['reject', 'approve']) {
    const sent = await api.expect(201, api.post('/ledger/proposals', body, { token: operator, key: aKey() }))
    const path = `/ledger/proposals/${sent.body.proposal_id}`
    await api.expect(decision === 'approve' ? 202 : 200, api.post(`${path}/${decision}`, reason, { token: officer }))
    await eventually(async () => (await api.get(path, { token: operator })).body.status !== 'APPROVED')
  }
  await api.expect(200, api.get(`/ledger/transactions?reference=${KEYS.reference}`, { token: operator }))
  await api.expect(200, api.get(`/ledger/transactions?metadata[document]=${KEYS.metadata}`, { token: operator }))
  const wrong = { ...body, transaction: { ...transaction, currency: WORDS.correction, [WORDS.proposal_reason]: 1 } }
  const refused = await api.post('/ledger/proposals', wrong, { token: operator, key: aKey() })
  if (refused.status !== 400) throw new Error(`what is wrong was answered ${refused.status}`)
}

/** Somebody whom the bank turns away: nothing of him stays. */
async function beRejected(api: Api, officer: string): Promise<void> {
  const person = await api.newStranger(PERSONAL.rejected_name.toLowerCase())
  await api.makeProfile(person, { last_name: PERSONAL.rejected_name })
  await api.submitKyc(person)
  await api.decideKyc(person, { decision: 'REJECT', reason: PERSONAL.kyc_rejection, is_final: true })
  const path = `/customers/${person.customer_id}`
  await eventually(async () => (await api.get(path, { token: officer })).body.status === 'ROLLED_BACK')
}

/** Personal data in every wrong place. */
async function goWrong(api: Api, { token, customer_id, email }: NewPerson, officer: string): Promise<void> {
  const { last_name, phone, document_number, payee_number } = PERSONAL
  const address = { street: last_name, postal_code: '1', town: 'x', country: 'ZZ' }
  const passport = { document_id: randomUUID(), document_type: 'PASSPORT', document_number }
  const posts: [string, object][] = [
    ['/accounts', { currency: last_name, [last_name]: phone }],
    ['/customers', { first_name: { last_name }, email: last_name, phone: email, address: email }],
    ['/customers', { first_name: last_name, last_name, date_of_birth: '2020-01-01', email, address }],
    [`/customers/${customer_id}/kyc`, { documents: [passport] }],
    ['/beneficiaries', { ...PAYEE, beneficiary_type: 'INTERNAL' }],
    ['/beneficiaries', PAYEE],
    ['/auth/login', { email, password: last_name }],
    ['/auth/verify', { email, code: '00000000' }],
    ['/auth/reset', { email, code: '00000000', password: 'Some-other-93-words' }],
    ['/auth/register', { email: last_name, password: last_name, first_name: email, last_name: phone }],
  ]
  const at = encodeURIComponent
  const looks: [string, string][] = [
    [`/accounts/${at(last_name)}/balance`, token],
    [`/accounts/lookup?account_number=${payee_number}`, token],
    [`/transactions?limit=${last_name}&${at(email)}=${at(phone)}&cursor=${last_name}`, token],
    [`/customers/search?phone=${at(last_name)}&email=${at(phone)}`, officer],
    [`/no/such/${at(email)}/${last_name}`, token],
  ]
  const replies = [
    ...(await Promise.all(posts.map(([path, body]) => api.post(path, body, { token, key: aKey() })))),
    ...(await Promise.all(looks.map(([path, as]) => api.get(path, { token: as })))),
    await api.send('PUT', `/customers/${customer_id}`, { last_name, phone: 'no phone', version: 1 }, { token }),
    await api.post('/accounts', undefined, { token, raw: `{"currency": "${last_name}", ` }),
  ]
  const done = replies.find(({ status }) => status < 400 || status >= 500)
  if (done !== undefined) throw new Error(`what is wrong was answered ${done.status} ${JSON.stringify(done.body)}`)
}

/** A second factor, a browser's session, a forgotten password: each has something that only one person may know. */
async function keepSecrets(bank: TestBank, api: Api, { token, email }: NewPerson, password: string): Promise<string[]> {
  const { body: factor } = await api.expect(200, api.post('/auth/mfa/totp', { password }, { token }))
  const web = { origin: bank.url, 'x-bankflow': '1' }
  const browser = await api.expect(200, api.send('POST', '/auth/web/sign-in', { email, password }, { headers: web }))
  const cookie = (browser.headers.get('set-cookie') as string).split(';', 1)[0] as string
  await api.expect(200, api.get('/auth/web/session', { headers: { ...web, cookie } }))
  const totp = totpCode(factor.secret, new Date())
  const confirmed = await api.expect(
    200,
    api.post('/auth/mfa/totp/confirm', { factor_id: factor.factor_id, code: totp }, { token }),
  )
  await api.expect(202, api.post('/auth/forgot', { email }))
  const verifyCode = await api.codeFor(email)
  const reset = await eventually(async () => {
    const { body } = await api.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
    const codes = body.items
      .map((mail: { code: string | null }) => mail.code)
      .filter((code: string | null) => code !== null)
    return codes.length > 1 && (codes[0] as string)
  })
  const next = 'Copper-Meadow-64-kites'
  await api.expect(200, api.post('/auth/reset', { email, code: reset, password: next }))
  return [
    factor.secret,
    cookie.slice(cookie.indexOf('=') + 1),
    ...confirmed.body.recovery_codes,
    verifyCode,
    reset,
    next,
  ]
}
