import type { TestContext } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import * as api from '#contracts/api/transaction.ts'
import type { FraudDecision, TransactionStatus } from '#contracts/enums.ts'
import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Profile } from '#libs/service/service.ts'
import { aCustomer, aStaffMember, confirming } from '#libs/testing/callers.ts'
import { aKey, eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'
import { type FakeLedger, playLedger } from './fake-ledger.ts'

type Facts = ReplyOf<typeof resolveAccounts>['items'][number]
type Transaction = ReplyOf<typeof api.getTransaction>

const MONEY = { amount_cents: 250n, currency: 'EUR' }

/** transaction-service with an account-service and a ledger that the test plays. */
export interface Bank extends ServiceTest {
  ledger: FakeLedger
  accounts: Map<string, Facts>
  /** How often account-service was asked. */
  asked: { accounts: number }
  teller: Caller
  operator: Caller
  /** An account of a customer, with money on it. */
  openAccount(owner: Caller, facts?: Partial<Facts> & { balance_cents?: bigint }): string
  transfer(
    caller: Caller,
    body: Partial<InputOf<typeof api.transferMoney>['body']> & { source_account_id: string },
    key?: string,
  ): Promise<{ status: number; reply: Transaction; headers: Record<string, string> }>
  /** The same, confirmed by its payer with a strong factor. */
  confirmed: Bank['transfer']
  transactionOf(transaction_id: string): Promise<Transaction>
  /** Waits until a transaction is in a status. */
  reaches(transaction_id: string, status: TransactionStatus): Promise<Transaction>
  /** Waits until the saga of a transaction is in a stage. */
  reachesStage(transaction_id: string, stage: string): Promise<void>
  /** fraud-service speaks about a transaction. */
  judge(transaction: Transaction, decision: FraudDecision, id?: string): string
}

/** Opens transaction-service for one test, with peers. */
export async function openBank(
  t: TestContext,
  env: Record<string, string> = {},
  profile: Profile = 'sandbox',
): Promise<Bank> {
  const test = await openServiceTest(t, service, { env, profile })
  const accounts = new Map<string, Facts>()
  const asked = { accounts: 0 }
  const ledger = playLedger(test)
  test.peer(resolveAccounts, ({ body }) => {
    asked.accounts += 1
    const isAskedFor = (facts: Facts) =>
      body.account_ids.some((id) => id.toLowerCase() === facts.account_id) ||
      body.account_numbers.includes(facts.account_number)
    return { items: [...accounts.values()].filter(isAskedFor) }
  })
  const operator = aStaffMember('operator')
  const transactionOf = async (transaction_id: string): Promise<Transaction> =>
    (await test.call(api.getTransaction, { params: { transaction_id } }, operator)).reply
  return {
    ...test,
    ...{ ledger, accounts, asked, operator, teller: aStaffMember('teller'), transactionOf },
    openAccount: (owner, { balance_cents = 0n, ...facts } = {}) => {
      const account_id = facts.account_id ?? newId()
      const owners = [{ customer_id: owner.customer_id as string, capabilities: ['view', 'debit', 'manage'] as const }]
      accounts.set(account_id, {
        ...{ account_id, account_number: `FB-${account_id.slice(-8).toUpperCase()}-1`, currency: 'EUR' },
        ...{ status: 'ACTIVE' as const, branch_id: 'main', owners: owners as unknown as Facts['owners'] },
        ...facts,
      })
      ledger.balances.set(account_id, balance_cents)
      return account_id
    },
    transfer: (caller, body, key = aKey()) =>
      test.call(api.transferMoney, { body: { ...MONEY, ...body } }, caller, { key }),
    confirmed: (caller, wish, key = aKey()) => {
      const body = { ...MONEY, ...wish }
      return test.call(api.transferMoney, { body }, confirming(caller, api.transferMoney, { body }), { key })
    },
    reaches: (transaction_id, status) =>
      eventually(async () => {
        const transaction = await transactionOf(transaction_id)
        if (transaction.status !== status) throw new Error(`${transaction.status} instead of ${status}`)
        return transaction
      }),
    reachesStage: (transaction_id, stage) =>
      eventually(async () => {
        const [row] = await test.sql`select stage from transactions where transaction_id = ${transaction_id}`
        if (row?.stage !== stage) throw new Error(`${row?.stage} instead of ${stage}`)
      }),
    judge: ({ transaction_id, source_account_id }, decision, id) => {
      const about = { transaction_id, account_id: source_account_id as string }
      return test.receive(fraudCheckCompleted, { ...about, decision, fraud_score: 7, reason_codes: ['rule-1'] }, id)
    },
  }
}

/** Two customers of the same bank, the first with money. */
export function twoCustomers(bank: Bank, balance_cents = 1_000n) {
  const [ann, bob] = [aCustomer(), aCustomer()]
  return { ann, bob, from: bank.openAccount(ann, { balance_cents }), to: bank.openAccount(bob) }
}
