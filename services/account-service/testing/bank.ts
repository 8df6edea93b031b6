import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openAccount as contract, type openAccount as openAccountContract } from '#contracts/api/account.ts'
import { getLedgerAccount, openLedgerAccount, setLedgerAccountState } from '#contracts/api/ledger.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { service } from '../src/service.ts'

type LedgerAccount = ReplyOf<typeof openLedgerAccount>
export type Account = ReplyOf<typeof openAccountContract>

/** The ledger as account-service sees it, played from memory by the rules of its contract. */
export class PlayedLedger {
  readonly accounts = new Map<string, LedgerAccount & { version: number }>()
  /** Runs before a state is set: a test makes things happen just then. */
  beforeState: (state: string) => Promise<void> | void = () => {}
  /** Runs after a state was set: a test lets the answer get lost. */
  afterState: (state: string) => Promise<void> | void = () => {}

  play(bank: ServiceTest): void {
    bank.peer(openLedgerAccount, ({ body }) => {
      const known = this.accounts.get(body.ledger_account_id) ?? { ...ledgerAccount(body), version: 0 }
      this.accounts.set(body.ledger_account_id, known)
      return known
    })
    bank.peer(getLedgerAccount, ({ params }) => this.of(params.ledger_account_id))
    bank.peer(setLedgerAccountState, async ({ params, body }) => {
      await this.beforeState(body.state)
      const account = this.of(params.ledger_account_id)
      if (body.version > account.version) {
        if (account.state === 'CLOSED' && body.state !== 'CLOSED') throw refusal('LEDGER_ACCOUNT_CLOSED', 409)
        if (body.state === 'CLOSED' && (account.ledger_balance_cents !== 0n || account.held_cents !== 0n))
          throw refusal('BALANCE_NOT_ZERO', 409)
        Object.assign(account, { state: body.state, version: body.version })
      }
      await this.afterState(body.state)
      return account
    })
  }

  of(account_id: string): LedgerAccount & { version: number } {
    const account = this.accounts.get(account_id)
    if (account === undefined) throw refusal('LEDGER_ACCOUNT_NOT_FOUND', 404)
    return account
  }
}

function refusal(code: string, status: number): Problem {
  return new Problem({ code, status, title: code })
}

function ledgerAccount(body: InputOf<typeof openLedgerAccount>['body']): LedgerAccount {
  const { ledger_account_id, gl_code, currency, overdraft_limit_cents } = body
  const now = new Date().toISOString()
  return {
    ledger_account_id,
    gl_code,
    name: 'Customer deposits',
    account_type: 'LIABILITY',
    normal_side: 'CREDIT',
    currency,
    state: 'OPEN',
    overdraft_limit_cents,
    ledger_balance_cents: 0n,
    held_cents: 0n,
    available_balance_cents: overdraft_limit_cents,
    entry_count: 0,
    created_at: now,
    as_of: now,
  }
}

export interface AccountBank extends ServiceTest {
  ledger: PlayedLedger
}

/** account-service on its own database, with a ledger that the test plays. */
export async function openAccountBank(t: TestContext): Promise<AccountBank> {
  const bank = await openServiceTest(t, service)
  const ledger = new PlayedLedger()
  ledger.play(bank)
  return { ...bank, ledger }
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
