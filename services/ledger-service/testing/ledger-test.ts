import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { accrueInterest } from '#contracts/api/account.ts'
import * as api from '#contracts/api/ledger.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aService } from '#libs/testing/callers.ts'
import { eventually, openServiceTest, type ServiceTest, type ServiceTestOptions } from '#libs/testing/service-test.ts'
import type { Own } from '../src/config.ts'
import { service } from '../src/service.ts'
import { recompute } from '../src/store/recompute.ts'

const DAY_MS = 86_400_000

type PostBody = InputOf<typeof api.postTransaction>['body']

/** The ledger on a fresh database, and what tests do with it, as verbs. */
export interface LedgerTest extends ServiceTest {
  /** What it keeps in memory. */
  own: Own
  /** Opens a customer's account, filled from the cash account; returns its id. */
  openAccount(options?: { balance_cents?: bigint; currency?: string; overdraft_limit_cents?: bigint }): Promise<string>
  /** Posts one amount, with a step of its own unless told. */
  post(
    body: Partial<PostBody> & { from?: string; to?: string; cents?: bigint },
  ): Promise<ReplyOf<typeof api.postTransaction>>
  placeHold(
    body: Partial<InputOf<typeof api.placeHold>['body']> & { ledger_account_id: string; amount_cents: bigint },
  ): Promise<ReplyOf<typeof api.placeHold>>
  releaseHold(
    hold_id: string,
    step?: { transaction_id: string; step: string },
  ): Promise<ReplyOf<typeof api.releaseHold>>
  reverse(id: string, step?: { transaction_id: string; step: string }): Promise<ReplyOf<typeof api.reverseTransaction>>
  setState(
    id: string,
    state: 'OPEN' | 'DEBIT_BLOCKED' | 'CREDIT_BLOCKED' | 'FROZEN' | 'CLOSED',
    version: number,
  ): Promise<unknown>
  account(id: string): Promise<ReplyOf<typeof api.getLedgerAccount>>
  /** Fails unless the books add up when computed anew from what was booked. */
  assertBooksAddUp(): Promise<void>
}

/** transaction-service, which commands the ledger, and account-service, which opens its accounts. */
export const transactions = aService('transaction-service')
export const accounts = aService('account-service')

/** Opens the ledger for one test. */
export async function openLedgerTest(
  t: TestContext,
  { without, ...options }: ServiceTestOptions & { /** A job that does not run by itself. */ without?: string } = {},
): Promise<LedgerTest> {
  let own: Own | undefined
  const opened = await openServiceTest(
    t,
    {
      ...service,
      jobs: service.jobs.filter((job) => job.name !== without),
      open: async (opening) => {
        own = await service.open(opening)
        return own
      },
    },
    options,
  )
  const { call } = opened
  // No account bears interest, unless the test says so.
  opened.peer(accrueInterest, () => ({ accrued: 0, posted: 0, next_cursor: null }))
  const ledger: LedgerTest = {
    ...opened,
    own: own as unknown as Own,
    async openAccount({ balance_cents = 0n, currency = 'EUR', overdraft_limit_cents = 0n } = {}) {
      const ledger_account_id = newId()
      const body = { ledger_account_id, gl_code: 'CUSTOMER_DEPOSITS' as const, currency, overdraft_limit_cents }
      await call(api.openLedgerAccount, { body }, accounts)
      if (balance_cents > 0n) await ledger.post({ from: 'CASH', to: ledger_account_id, cents: balance_cents, currency })
      return ledger_account_id
    },
    post: async ({ from = 'CASH', to = 'CASH', cents = 1n, ...given }) =>
      (await call(api.postTransaction, { body: { ...postBody(from, to, cents), ...given } }, transactions)).reply,
    placeHold: async (given) => {
      const step = { transaction_id: newId(), step: 'hold' }
      const body = { ...step, currency: 'EUR', expires_in_s: 3_600, ...given }
      return (await call(api.placeHold, { body }, transactions)).reply
    },
    releaseHold: async (hold_id, step = { transaction_id: newId(), step: 'release' }) =>
      (await call(api.releaseHold, { params: { hold_id }, body: { ...step, reason_code: 'TEST' } }, transactions))
        .reply,
    reverse: async (ledger_transaction_id, step = { transaction_id: newId(), step: 'reverse' }) => {
      const input = { params: { ledger_transaction_id }, body: { ...step, reason: 'booked by mistake' } }
      return (await call(api.reverseTransaction, input, transactions)).reply
    },
    setState: (ledger_account_id, state, version) =>
      call(api.setLedgerAccountState, { params: { ledger_account_id }, body: { state, version } }, accounts),
    account: async (ledger_account_id) =>
      (await call(api.getLedgerAccount, { params: { ledger_account_id } }, accounts)).reply,
    assertBooksAddUp: async () => assert.deepEqual(await recompute(opened.owner), []),
  }
  return ledger
}

/** Both clocks go on by so many days, and each is closed; returns the dates of those days and of `ahead` more. */
export async function passDays(ledger: LedgerTest, days: number, ahead = 0): Promise<string[]> {
  const first = ledger.clock.bank.now().getTime()
  ledger.clock.advance(days * DAY_MS)
  const today = ledger.clock.bank.businessDate()
  await eventually(async () => {
    const [row] = await ledger.sql<{ is_closed: boolean }[]>`
      select business_date = ${today} and not exists (select from end_of_day_runs where status <> 'COMPLETED') as is_closed from bank_clock`
    return row?.is_closed ?? false
  }, 60_000)
  return Array.from({ length: days + ahead }, (_, i) => new Date(first + i * DAY_MS).toISOString().slice(0, 10))
}

/** The body of a posting from one account (debited) to another (credited), under a new step. */
export function postBody(from: string, to: string, cents: bigint): PostBody {
  return {
    transaction_id: newId(),
    step: 'post',
    business_event: 'TRANSFER',
    reference: 'TXN-TEST',
    description: 'a test',
    currency: 'EUR',
    postings: [{ debit: from as 'CASH', credit: to as 'CASH', amount_cents: cents }],
  }
}

/** The code of the refusal that a promise ends in; fails when it is none. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof Problem)) throw error
  return error.kind.code
}
