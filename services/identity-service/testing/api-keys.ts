import { listAccountsOfUser, resolveAccounts } from '#contracts/api/account.ts'
import * as api from '#contracts/api/identity-api-keys.ts'
import type { AccountType, Capability } from '#contracts/enums.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { aUser, callerOf, PASSWORD, signIn, verifierOf } from './people.ts'

type Made = ReplyOf<typeof api.createApiKey>
type Wish = InputOf<typeof api.createApiKey>['body']

/** An account that account-service is played to know. */
export interface PlayedAccount {
  account_id: string
  account_type: AccountType
  owners: { customer_id: string; capabilities: Capability[] }[]
}

/** Plays account-service. */
export function playAccounts(bank: ServiceTest, accounts: PlayedAccount[]): void {
  const facts = (one: PlayedAccount) => ({
    ...{ account_id: one.account_id, account_number: 'FB-00000001-1', currency: 'EUR', status: 'ACTIVE' as const },
    ...{ branch_id: 'main', owners: one.owners },
  })
  bank.peer(listAccountsOfUser, (_input, { caller }) => ({
    items: accounts
      .filter(({ owners }) => owners.some(({ customer_id }) => customer_id === caller.customer_id))
      .map((one) => ({
        ...facts(one),
        ...{ customer_id: one.owners[0]?.customer_id ?? '', account_type: one.account_type, product_id: 'some' },
        ...{ overdraft_limit_cents: 0n, nickname: null, opened_date: '2026-01-02', closed_at: null },
        created_at: '2026-01-02T03:04:05.000Z',
      })),
    next_cursor: null,
  }))
  bank.peer(resolveAccounts, ({ body }) => ({
    items: accounts.filter(({ account_id }) => body.account_ids.includes(account_id)).map(facts),
  }))
}

/** A signed-in business customer with an account of each sort. */
export async function aBusiness(bank: ServiceTest): Promise<{ caller: Caller; business: string; savings: string }> {
  await aUser(bank)
  const caller = await callerOf(bank, await signIn(bank))
  const [business, savings] = [newId(), newId()]
  const owners = [{ customer_id: caller.customer_id ?? '', capabilities: ['view', 'debit', 'manage'] as Capability[] }]
  playAccounts(bank, [
    { account_id: business, account_type: 'BUSINESS', owners },
    { account_id: savings, account_type: 'SAVINGS', owners },
  ])
  return { caller, business, savings }
}

/** Makes a key that may look, unless told. */
export async function makeKey(bank: ServiceTest, caller: Caller, wish: Partial<Wish> = {}): Promise<Made> {
  const body: Wish = { name: 'Payroll', scopes: ['account_information'], password: PASSWORD, ...wish }
  return (await bank.call(api.createApiKey, { body }, caller)).reply
}

/** What the gateway hears of a key. */
export async function resolveKey(bank: ServiceTest, key: string, ip: string | null = '192.0.2.7') {
  return (await bank.call(api.resolveApiKey, { body: { key, ip } }, aService('api-gateway'))).reply.access_token
}

/** The caller behind a key, as every service sees it; fails where it opens nothing. */
export async function callerByKey(bank: ServiceTest, key: string, ip?: string): Promise<Caller> {
  const token = await resolveKey(bank, key, ip)
  if (token === null) throw new Error('the key opens nothing')
  return verifierOf(bank).verify(token)
}
