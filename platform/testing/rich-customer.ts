import { eventually } from '#libs/testing/service-test.ts'
import { type Api, aKey, type NewPerson, PASSWORD } from './api.ts'
import type { Known } from './generated-requests.ts'
import type { TestBank } from './open-bank.ts'
import { BOOKED_BY_HAND, holdOn, keepBooks, sealedEntryOf } from './rich-ledger.ts'

/** What nobody else may see of a customer: texts, and amounts as numbers. */
export type Secrets = readonly (string | number)[]

/** A customer who has one of everything, so that each operation has something of hers to be asked for. */
export interface RichCustomer extends NewPerson {
  /** Her everyday account, which others may be let onto, and her savings, which are hers alone. */
  account_id: string
  savings_id: string
  /** Whom she paid. */
  payee: NewPerson & { account_id: string }
  /** What the bank shows only to her, to who may see the account, and to who may see the savings. */
  secrets: { person: Secrets; account: Secrets; savings: Secrets }
  /** Her ids by the names that fields have; `savings` has those of the savings in their place. */
  known: Known
  savings: Known
  /** Every id of hers. */
  ids: readonly string[]
}

const NAME = 'Quillfeather'
const PROFILE = {
  first_name: 'Perpetua',
  last_name: NAME,
  date_of_birth: '1987-11-23',
  phone: '+351912000777',
  address: { street: 'Wrenhollow 17', postal_code: '9871-377', town: 'Osterholz', country: 'PT' },
}
const PAYEE = { name: 'Peregrine Holdings', account_number: 'DE89370400440532013000', bank_code: 'COBADEFFXXX' }
const AMOUNTS = { deposit: 871_203, transfer: 12_347, waiting: 512_349, saved: 654_119, imported: 3_391 }

const PLACES = ['Wrenhollow', 'Osterholz']
const MOVED = [AMOUNTS.deposit, AMOUNTS.transfer, AMOUNTS.waiting, AMOUNTS.imported]

interface Staff {
  teller: string
  officer: string
  operator: string
  auditor: string
}

/** Makes her: profile, KYC, two accounts, money moved and waiting, a payee, a statement, sessions, a factor. Takes the bank to a new month. */
export async function plantRichCustomer(bank: TestBank, relative: NewPerson): Promise<RichCustomer> {
  const { api } = bank
  const [teller, officer, operator, auditor] = await Promise.all(
    ['teller', 'officer', 'operator', 'auditor'].map((who) => api.signIn(who)),
  )
  const staff = { teller, officer, operator, auditor } as Staff
  const person = await becomeCustomer(api)
  const related = { related_customer_id: relative.customer_id, relation: 'DELEGATE', capabilities: ['view', 'debit'] }
  await api.expect(201, api.post(`/customers/${person.customer_id}/relations`, related, { token: staff.teller }))
  const payee = await api.newCustomer()
  const accounts = { account: person.account_id, savings: person.savings_id, payee: payee.account_id }
  const { body: clock } = await api.get('/sandbox/clock')
  const moved = await moveMoney(bank, person.token, staff, accounts)
  const closed = await reachNextMonth(api)
  const unpaid = await api.openAccount(payee.token)
  const waiting = await transfer(api, person.token, accounts.account, unpaid.account_id, AMOUNTS.waiting)
  const kept = await keepThings(bank, person, staff, { ...accounts, ...waiting })
  const { known_at, proposal_id, verification_id } = await keepBooks(api, staff, accounts)
  const onAccount = await onOne(bank, accounts.account, { ...waiting, booked: moved.transfer })
  const onSavings = await onOne(bank, accounts.savings, { transaction_id: moved.saved, booked: moved.saved })

  const { customer_id, user_id, email, account_number } = person
  const common = {
    ...{ ...CONSTANTS, ...PROFILE, ...kept, customer_id, user_id, email, account_number },
    ...{ run_id: closed.run_id, from: clock.business_date, to: closed.date, batch_id: moved.batch_id },
    ...{ proposal_id, verification_id, business_date: closed.date, period: closed.date.slice(0, 7) },
    ...{ related_customer_id: relative.customer_id, destination_account_id: accounts.payee },
  }
  const things = [proposal_id, ...Object.values(kept)]
  return {
    ...person,
    payee,
    // As it was known a while ago, and of the savings as it is now.
    known: { ...common, ...onAccount, known_at, as_of: closed.date, payout_account_id: accounts.savings },
    savings: { ...common, ...onSavings, payout_account_id: accounts.account },
    secrets: {
      person: [email, PROFILE.phone, PROFILE.date_of_birth, ...PLACES, PAYEE.name, PAYEE.account_number, ...things],
      account: [
        NAME,
        account_number,
        ...Object.values(onAccount),
        moved.transfer,
        ...MOVED,
        BOOKED_BY_HAND.correction,
        'Heron invoice',
      ],
      savings: [person.savings_number, ...Object.values(onSavings), AMOUNTS.saved, BOOKED_BY_HAND.hold],
    },
    ids: [customer_id, user_id, ...things, ...Object.values(onAccount), ...Object.values(onSavings), moved.transfer],
  }
}

/** Her name, her proof and her two accounts. */
async function becomeCustomer(
  api: Api,
): Promise<NewPerson & Record<'account_id' | 'account_number' | 'savings_id' | 'savings_number', string>> {
  const person = await api.newStranger('quillfeather')
  await api.makeProfile(person, PROFILE)
  await api.submitKyc(person)
  await api.decideKyc(person, { decision: 'APPROVE', reason: 'Passport seen', risk_category: 'LOW' })
  const first = await api.firstAccount(person, 'ACTIVE')
  const savings = await api.openAccount(person.token, { product_id: 'easy-savings' })
  return { ...person, ...first, savings_id: savings.account_id, savings_number: savings.account_number }
}

/** The id of nothing. */
export const NOTHING = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7c'

/** What a request needs besides ids of hers; some ids are of things that she does not have. */
const CONSTANTS = {
  password: PASSWORD,
  currency: 'EUR',
  value_date: '2026-01-15',
  gl_code: 'FEE_INCOME',
  credit: 'FEE_INCOME',
  product_id: 'everyday-checking',
  template_id: 'user.welcome',
  rule_id: 'amount-review',
  setting_key: 'mail.signature',
  service: 'ledger-service',
  window_s: 0,
  dead_letter_id: NOTHING,
  challenge_id: NOTHING,
  ceremony_id: NOTHING,
  passkey_id: NOTHING,
  consent_id: NOTHING,
  key_id: NOTHING,
  policy_id: NOTHING,
  device_id: NOTHING,
  uid: 'no-interaction-of-that-name',
} as const

async function transfer(
  api: Api,
  token: string,
  source: string,
  destination: string,
  amount_cents: number,
): Promise<{ transaction_id: string }> {
  const body = {
    source_account_id: source,
    destination_account_id: destination,
    amount_cents,
    currency: 'EUR',
    description: 'Heron invoice',
  }
  const { body: sent } = await api.expect(202, api.pay(body, { token }))
  return { transaction_id: (await api.ended(token, sent.transaction_id)).transaction_id }
}

/** Money that was taken in on both accounts, one transfer that is done, and one row of an import. */
async function moveMoney(
  { api }: TestBank,
  token: string,
  { teller, operator }: Staff,
  { account, savings, payee }: Record<'account' | 'savings' | 'payee', string>,
): Promise<{ transfer: string; saved: string; batch_id: string }> {
  await api.deposit(teller, account, AMOUNTS.deposit)
  await api.deposit(teller, savings, AMOUNTS.saved)
  const [saved] = (await api.get(`/accounts/${savings}/transactions`, { token })).body.items
  const { transaction_id } = await transfer(api, token, account, payee, AMOUNTS.transfer)
  const row = {
    account_id: account,
    direction: 'CREDIT',
    amount_cents: AMOUNTS.imported,
    currency: 'EUR',
    value_date: '2026-01-15',
    description: 'Heron invoice, old',
    external_reference: 'old-bank:000001',
  }
  const batch_id = '0190b5a0-7b7b-7b7b-8b7b-0190b5a07b7b'
  await api.expect(202, api.post('/transactions/batches', { batch_id, rows: [row] }, { token: operator, key: aKey() }))
  return { transfer: transaction_id, saved: saved.transaction_id, batch_id }
}

/** Lets the bank's month end, so that there is a statement; answers the last day and its end of day. */
async function reachNextMonth(api: Api): Promise<{ date: string; run_id: string }> {
  const { body: clock } = await api.get('/sandbox/clock')
  const today = new Date(`${clock.business_date}T00:00:00Z`)
  const to = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1, 1))
  await api.expect(200, api.post('/sandbox/clock', { to: to.toISOString() }))
  await eventually(async () => (await api.get('/sandbox/clock')).body.moving_to === null, 60_000)
  const { body: runs } = await api.get('/ledger/end-of-day', { token: await api.signIn('operator') })
  const { business_date, run_id } = runs.items[0]
  return { date: business_date, run_id }
}

/** Everything else that is kept about her, by the names of its ids. */
async function keepThings(
  bank: TestBank,
  { token, customer_id, email, user_id }: NewPerson,
  { officer, auditor }: Staff,
  { account, transaction_id }: { account: string; transaction_id: string },
): Promise<
  Record<
    'beneficiary_id' | 'notification_id' | 'session_id' | 'factor_id' | 'approval_id' | 'audit_id' | 'document_id',
    string
  >
> {
  const { api } = bank
  const one = async (
    path: string,
    as: string,
    isIt: (item: Record<string, unknown>) => boolean,
  ): Promise<Record<string, string>> =>
    eventually(async () => (await api.get(path, { token: as })).body.items.find(isIt) ?? false, 30_000)
  const payee = { ...PAYEE, beneficiary_type: 'INTERNATIONAL', country: 'DE', currency: 'EUR' }
  const { body: beneficiary } = await api.expect(201, api.post('/beneficiaries', payee, { token }))
  await api.signIn(email, PASSWORD)
  const session = await one('/auth/sessions', token, ({ is_current }) => is_current === false)
  const { body: factor } = await api.expect(200, api.post('/auth/mfa/totp', { password: PASSWORD }, { token }))
  const notification = await one(`/notifications/user/${user_id}`, officer, () => true)
  const approval = await one('/admin/approvals', officer, ({ subject_id }) => subject_id === transaction_id)
  const act = await one(`/audit?entity_id=${account}`, auditor, () => true)
  const document = await one(`/customers/${customer_id}/documents`, token, () => true)
  return {
    beneficiary_id: beneficiary.beneficiary_id,
    notification_id: notification.notification_id as string,
    session_id: session.session_id as string,
    factor_id: factor.factor_id,
    approval_id: approval.approval_id as string,
    audit_id: act.audit_id as string,
    document_id: document.document_id as string,
  }
}

/** The ids of one account and of what stands on it. */
async function onOne(
  { api }: TestBank,
  account_id: string,
  { transaction_id, booked }: { transaction_id: string; booked: string },
): Promise<
  Record<
    | 'account_id'
    | 'source_account_id'
    | 'ledger_account_id'
    | 'transaction_id'
    | 'ledger_transaction_id'
    | 'statement_id'
    | 'debit'
    | 'hold_id'
    | 'entry_id',
    string
  >
> {
  const operator = await api.signIn('operator')
  const { body: movement } = await api.expect(200, api.get(`/transactions/${booked}`, { token: operator }))
  const { ledger_transaction_id } = movement
  const statement = await eventually(
    async () => (await api.get(`/accounts/${account_id}/statements`, { token: operator })).body.items[0] ?? false,
    60_000,
  )
  return {
    account_id,
    source_account_id: account_id,
    ledger_account_id: account_id,
    transaction_id,
    ledger_transaction_id,
    statement_id: statement.statement_id,
    debit: account_id,
    hold_id: await holdOn(api, operator, account_id),
    entry_id: await sealedEntryOf(api, operator, { account_id, ledger_transaction_id }),
  }
}
