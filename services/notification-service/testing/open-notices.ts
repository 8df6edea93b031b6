import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { readSettingValues } from '#contracts/api/admin.ts'
import { resolveCustomers } from '#contracts/api/customer.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import * as api from '#contracts/api/notification.ts'
import { accountFrozen } from '#contracts/events/account.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually, openServiceTest, type ServiceTest, type ServiceTestOptions } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'

type Account = ReplyOf<typeof resolveAccounts>['items'][number]
export type Notification = ReplyOf<typeof api.markNotificationRead>
export type Mail = ReplyOf<typeof api.readMailbox>['items'][number]

/** Somebody who banks: his user as identity knows it, his caller, and the account that he has. */
export interface Person {
  caller: Caller
  user_id: string
  customer_id: string
  account_id: string
  last4: string
  email: string
  first_name: string
  phone: string | undefined
}

/** notification-service with the services that it asks, played by the test; `asked` counts the questions; `customers` those that ask who signs in. */
export interface Notices extends ServiceTest {
  asked: { users: number; customers: number; accounts: number }
  /** A person with an account, known to the other services only. */
  person(known?: Partial<Person>): Person
  /** Takes a user out of service. */
  deactivate(user_id: string): void
}

export async function openNotices(
  t: TestContext,
  options: ServiceTestOptions = {},
  { bankOffsetDays = 0 }: { bankOffsetDays?: number } = {},
): Promise<Notices> {
  const open: typeof service.open = (opening) => {
    opening.setBankOffset(bankOffsetDays * 86_400_000)
    return service.open(opening)
  }
  const bank = await openServiceTest(t, { ...service, open }, options)
  const people: Person[] = []
  const inactive = new Set<string>()
  const asked = { users: 0, customers: 0, accounts: 0 }
  bank.peer(resolveUsers, ({ body }) => {
    asked.users += 1
    if (body.customer_ids.length > 0) asked.customers += 1
    const found = people.filter(
      (one) => body.user_ids.includes(one.user_id) || body.customer_ids.includes(one.customer_id),
    )
    return {
      items: found.map(({ user_id, customer_id, email, first_name }) => {
        const about = { user_id, customer_id, email, first_name, last_name: 'Planted-Surname' }
        return { ...about, roles: ['customer' as const], is_active: !inactive.has(user_id) }
      }),
    }
  })
  bank.peer(resolveCustomers, ({ body }) => ({
    items: people
      .filter((one) => body.customer_ids.includes(one.customer_id))
      .map(({ customer_id, user_id, email, first_name, phone }) => ({
        ...{ customer_id, user_id, email, first_name, last_name: 'Planted-Surname', relations: [] },
        ...{ status: 'ACTIVE' as const, kyc_status: 'VERIFIED' as const, ...(phone === undefined ? {} : { phone }) },
      })),
  }))
  bank.peer(resolveAccounts, ({ body }) => {
    asked.accounts += 1
    return { items: people.filter((one) => body.account_ids.includes(one.account_id)).map(accountOf) }
  })
  bank.peer(readSettingValues, () => ({ items: [] }))
  return {
    ...bank,
    asked,
    person: (known = {}) => {
      const person = aPerson(people.length, known)
      people.push(person)
      return person
    },
    deactivate: (user_id) => void inactive.add(user_id),
  }
}

function aPerson(number: number, known: Partial<Person>): Person {
  const caller = aCustomer()
  const ids = { user_id: caller.sub as string, customer_id: caller.customer_id as string, account_id: newId() }
  const names = { email: `planted-${number}@example.test`, first_name: `Planted-${number}`, last4: `${1000 + number}` }
  return { caller, ...ids, ...names, phone: undefined, ...known }
}

function accountOf({ account_id, customer_id, last4 }: Person): Account {
  const owners = [{ customer_id, capabilities: ['view' as const, 'debit' as const, 'manage' as const] }]
  return {
    ...{ account_id, account_number: `FB-0000${last4}`, currency: 'EUR', status: 'ACTIVE', branch_id: 'main', owners },
  }
}

/** A person's list once there are `count` in it, newest first. */
export function listOf(bank: ServiceTest, { caller }: Pick<Person, 'caller'>, count = 1): Promise<Notification[]> {
  return eventually(async () => {
    const { items } = (await bank.call(api.listNotifications, {}, caller)).reply
    if (items.length < count) throw new Error(`${items.length} of ${count} notifications`)
    return items
  })
}

/** The mailbox of an address once there are `count` in it, newest first. */
export function mailboxOf(bank: ServiceTest, to: string, count = 1): Promise<Mail[]> {
  return eventually(async () => {
    const { items } = (await bank.call(api.readMailbox, { query: { to } }, anonymous)).reply
    if (items.length < count) throw new Error(`${items.length} of ${count} messages to ${to}`)
    return items
  })
}

/** Freezes a person's account: one notification for him. */
export function freeze(bank: ServiceTest, { account_id, customer_id }: Person): void {
  bank.receive(accountFrozen, { account_id, customer_id, reason_code: 'LOST_PHONE', changed_by: 'somebody' })
}

/** How many of a person's notifications are unread. */
export async function unreadOf(bank: ServiceTest, { caller }: Person): Promise<number> {
  return (await bank.call(api.listNotifications, {}, caller)).reply.unread_count
}

/** The code of the refusal that a call ends with; fails when it does not refuse. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    return error.kind.code
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}
