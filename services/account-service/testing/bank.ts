import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openAccount as contract, type openAccount as openAccountContract } from '#contracts/api/account.ts'
import { resolveCustomers } from '#contracts/api/customer.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'
import { PlayedLedger } from './played-ledger.ts'

export type Account = ReplyOf<typeof openAccountContract>
type Resolved = ReplyOf<typeof resolveCustomers>['items'][number]

export interface AccountBank extends ServiceTest {
  ledger: PlayedLedger
  /** What customer-service says of customers, by customer_id: verified Ann Silva unless told; null for one it does not know. */
  customers: Map<string, Partial<Resolved> | null>
}

/** account-service on its own database, with a ledger and customers that the test plays. */
export async function openAccountBank(t: TestContext): Promise<AccountBank> {
  const bank = await openServiceTest(t, service)
  const ledger = new PlayedLedger()
  ledger.play(bank)
  const customers: AccountBank['customers'] = new Map()
  bank.peer(resolveCustomers, ({ body }) => {
    const items = body.customer_ids.flatMap((customer_id) => {
      const told = customers.get(customer_id)
      return told === null ? [] : [{ ...verified(customer_id), ...told }]
    })
    return { items }
  })
  return { ...bank, ledger, customers }
}

function verified(customer_id: string): Resolved {
  const name = { first_name: 'Ann', last_name: 'Silva', email: 'ann@example.test' }
  return { customer_id, user_id: null, status: 'ACTIVE', kyc_status: 'VERIFIED', ...name, relations: [] }
}

/** An account of a customer, a new one unless given; EUR unless the body says otherwise. */
export async function openAccount(
  bank: AccountBank,
  caller: Caller = aCustomer(),
  body: Partial<InputOf<typeof contract>['body']> = {},
): Promise<Account & { owner: Caller }> {
  const { status, reply } = await bank.call(contract, { body: { currency: 'EUR', ...body } }, caller)
  assert.equal(status, 201)
  return { ...reply, owner: caller }
}

/** The code of the refusal that a call ends in; fails when it does not. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'no refusal',
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof Problem, `expected a problem, got ${outcome}`)
  return outcome.kind.code
}
