import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { readSettingValues } from '#contracts/api/admin.ts'
import { createCustomer as contract, decideKyc, submitKyc } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { type Sealer, sealer } from '#libs/crypto/envelope.ts'
import { AUDIT_PURPOSE, placeOfChange } from '#libs/http/audit.ts'
import { newId } from '#libs/ids/ids.ts'
import { decode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'

export type Profile = InputOf<typeof contract>['body']
type WholeProfile = Profile & Pick<Required<Profile>, 'date_of_birth' | 'email' | 'address'>
type Submission = InputOf<typeof submitKyc>['body']
type Verdict = InputOf<typeof decideKyc>['body']

export interface CustomerBank extends ServiceTest {
  /** Settings as admin-service has them, by key. */
  settings: Map<string, { value: string; version: number }>
  /** Users as identity-service has them: customer_id → user_id. */
  users: Map<string, string>
  /** What acts of an operation changed, as the trail will show it, oldest first. */
  changesOf(operation: string): Promise<unknown[]>
}

/** customer-service on its own database, with settings and users that the test plays. */
export async function openCustomerBank(t: TestContext): Promise<CustomerBank> {
  let changes: Sealer | undefined
  const open: typeof service.open = (opening) => {
    changes = sealer(opening.keys, AUDIT_PURPOSE)
    return service.open(opening)
  }
  const bank = await openServiceTest(t, { ...service, open })
  const settings: CustomerBank['settings'] = new Map()
  const users: CustomerBank['users'] = new Map()
  bank.peer(readSettingValues, ({ body: { setting_keys } }) => ({
    items: setting_keys.flatMap((setting_key) => {
      const known = settings.get(setting_key)
      return known === undefined ? [] : [{ setting_key, ...known }]
    }),
  }))
  bank.peer(resolveUsers, ({ body: { customer_ids } }) => ({
    items: customer_ids.flatMap((customer_id) => {
      const user_id = users.get(customer_id)
      if (user_id === undefined) return []
      const name = { first_name: 'A', last_name: 'B', email: 'a@example.test' }
      return [{ user_id, customer_id, ...name, roles: ['customer' as const], is_active: true }]
    }),
  }))
  const changesOf = async (operation: string): Promise<unknown[]> => {
    const rows = await bank.owner<{ audit_id: string; change_encrypted: string }[]>`
      select audit_id, change_encrypted from audit_outbox
      where operation = ${operation} and change_encrypted is not null order by audit_id`
    return rows.map((row) => decode(changes?.open(row.change_encrypted, placeOfChange(row.audit_id)) ?? ''))
  }
  return { ...bank, settings, users, changesOf }
}

/** A profile that nothing is wrong with; every value can be told from any other text. */
export function aProfile(changes: Partial<Profile> = {}): WholeProfile {
  return {
    first_name: 'Zuzanna',
    last_name: 'Quillfeather',
    date_of_birth: '1987-03-29',
    email: 'zuzanna.q@quillfeather.test',
    phone: '+351912345678',
    nationality: 'PL',
    address: {
      street: 'Rua dos Pardais',
      building: 'Edifício 17B',
      postal_code: '4050-613',
      town: 'Matosinhos',
      country: 'PT',
    },
    ...changes,
  }
}

/** Makes a customer's profile: a new customer's unless given. */
export async function createCustomer(
  bank: CustomerBank,
  caller: Caller = aCustomer(),
  changes: Partial<Profile> = {},
): Promise<ReplyOf<typeof contract> & { caller: Caller }> {
  const { status, reply } = await bank.call(contract, { body: aProfile(changes) }, caller)
  assert.equal(status, 201)
  return { ...reply, caller }
}

/** A passport that is good for years; its number is its own. */
export function aPassport(changes: Partial<Submission['documents'][number]> = {}): Submission['documents'][number] {
  return {
    document_id: newId(),
    document_type: 'PASSPORT',
    document_number: `P-${newId()}`,
    issuing_country: 'PT',
    expires_on: '2099-12-31',
    ...changes,
  }
}

/** Hands in a passport, unless something else is given. */
export async function submit(bank: CustomerBank, who: Caller, body: Partial<Submission> = {}): Promise<void> {
  const params = { customer_id: who.customer_id as string }
  await bank.call(submitKyc, { params, body: { documents: [aPassport()], ...body } }, who)
}

/** An officer decides; approves with a low risk unless told otherwise. */
export async function decide(
  bank: CustomerBank,
  customer_id: string,
  verdict: Partial<Verdict> = {},
  officer: Caller = aStaffMember('compliance'),
): Promise<ReplyOf<typeof decideKyc>> {
  const approval = { decision: 'APPROVE', reason: 'Passport and face agree', risk_category: 'LOW' } as const
  const { reply } = await bank.call(decideKyc, { params: { customer_id }, body: { ...approval, ...verdict } }, officer)
  return reply
}

/** A customer whom the bank knows: profile made, passport handed in, approved. */
export async function aVerifiedCustomer(
  bank: CustomerBank,
  changes: Partial<Profile> = {},
): Promise<ReplyOf<typeof contract> & { caller: Caller }> {
  const customer = await createCustomer(bank, aCustomer(), changes)
  await submit(bank, customer.caller)
  await decide(bank, customer.customer_id)
  return customer
}

/** The code of the refusal that a call ends in; fails when it does not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  return (await problemOf(call)).kind.code
}

/** The refusal that a call ends in; fails when it does not. */
export async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const outcome = await call.then(
    () => 'no refusal',
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof Problem, `expected a problem, got ${outcome}`)
  return outcome
}

/** Every row of every table of the service's database as one text: what a thief of the database would read. */
export async function everythingStored(bank: CustomerBank): Promise<string> {
  const tables = await bank.owner<{ name: string }[]>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`
  const texts: string[] = []
  for (const { name } of tables) {
    const rows = await bank.owner.unsafe(`select t::text as row from ${name} t`)
    texts.push(`${name}\n${rows.map(({ row }) => String(row)).join('\n')}`)
  }
  return texts.join('\n')
}

/** How many rows a table has. */
export async function count(bank: CustomerBank, table: string): Promise<number> {
  return (await bank.owner`select 1 from ${bank.owner(table)}`).length
}
