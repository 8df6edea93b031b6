import {
  getClosingBalances,
  getLedgerAccount,
  listEntries,
  openLedgerAccount,
  postTransaction,
  setLedgerAccountLimits,
  setLedgerAccountState,
} from '#contracts/api/ledger.ts'
import { listPeriods } from '#contracts/api/ledger-days.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'

type LedgerAccount = ReplyOf<typeof openLedgerAccount>
type KnownAccount = LedgerAccount & { version: number; limits_version: number }
type Posting = InputOf<typeof postTransaction>['body']
export type Entry = ReplyOf<typeof listEntries>['items'][number]

/** The ledger as account-service sees it, played from memory by the rules of its contract. */
export class PlayedLedger {
  readonly accounts = new Map<string, KnownAccount>()
  /** What was booked, by its step: the same step is booked once, for ever. */
  readonly booked = new Map<string, Posting & { ledger_transaction_id: string }>()
  /** Balances of the bank's own accounts, by code; what is owed is above zero. */
  readonly own = new Map<string, bigint>()
  /** Balances at the end of days, by account and date; the present one where none is set. */
  readonly closing = new Map<string, bigint>()
  readonly entries = new Map<string, Entry[]>()
  /** Runs before a state is set: a test makes things happen just then. */
  beforeState: (state: string) => Promise<void> | void = () => {}
  /** Runs after a state was set: a test lets the answer get lost. */
  afterState: (state: string) => Promise<void> | void = () => {}
  beforePosting: (posting: Posting) => Promise<void> | void = () => {}
  afterPosting: (posting: Posting) => Promise<void> | void = () => {}
  afterLimits: () => Promise<void> | void = () => {}
  isDayOver: (business_date: string) => boolean = () => true
  /** The business day that is being closed just now. */
  closingDay: string | undefined

  play(bank: ServiceTest): void {
    bank.peer(openLedgerAccount, ({ body }) => {
      const known = this.accounts.get(body.ledger_account_id) ?? ledgerAccount(body)
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
    bank.peer(setLedgerAccountLimits, async ({ params, body: { version, ...limits } }) => {
      const account = this.of(params.ledger_account_id)
      if (account.state === 'CLOSED') throw refusal('LEDGER_ACCOUNT_CLOSED', 409)
      if (version > account.limits_version) Object.assign(account, limits, { limits_version: version })
      await this.afterLimits()
      return account
    })
    bank.peer(postTransaction, async ({ body }) => {
      await this.beforePosting(body)
      const reply = this.#post(body)
      await this.afterPosting(body)
      return reply
    })
    this.#playHistory(bank)
  }

  #playHistory(bank: ServiceTest): void {
    bank.peer(listPeriods, () => {
      const period = { closed_at: null, currencies: [] }
      const items =
        this.closingDay === undefined ? [] : [{ ...period, period: this.closingDay, status: 'CLOSING' as const }]
      return { items, next_cursor: null }
    })
    bank.peer(getClosingBalances, ({ body: { business_date, ledger_account_ids } }) => {
      if (!this.isDayOver(business_date)) throw refusal('DAY_NOT_OVER', 409)
      const items = ledger_account_ids.flatMap((ledger_account_id) => {
        const account = this.accounts.get(ledger_account_id)
        if (account === undefined) return []
        const until = (this.entries.get(ledger_account_id) ?? []).filter((one) => one.business_date <= business_date)
        const known = this.closing.get(`${ledger_account_id} ${business_date}`)
        const balance_cents = known ?? until.at(-1)?.balance_cents ?? account.ledger_balance_cents
        return [{ ledger_account_id, balance_cents, entry_count: until.length }]
      })
      return { items }
    })
    bank.peer(listEntries, ({ params, query: { from = '', to = '9', limit = 50, cursor = '0' } }) => {
      const all = this.entries.get(params.ledger_account_id) ?? []
      const asked = all.filter((one) => one.business_date >= from && one.business_date <= to)
      const end = Number(cursor) + limit
      return { items: asked.slice(Number(cursor), end), next_cursor: end < asked.length ? String(end) : null }
    })
  }

  of(account_id: string): KnownAccount {
    const account = this.accounts.get(account_id)
    if (account === undefined) throw refusal('LEDGER_ACCOUNT_NOT_FOUND', 404)
    return account
  }

  /** What was booked under a kind of business, in the order of booking. */
  bookedAs(business_event: string): Posting[] {
    return [...this.booked.values()].filter((one) => one.business_event === business_event)
  }

  /** Adds a line to an account's history; its balance follows. */
  enter(account_id: string, line: Partial<Entry> & { signed_cents: bigint; business_date: string }): void {
    const account = this.of(account_id)
    const known = this.entries.get(account_id) ?? []
    const balance_cents = account.ledger_balance_cents + line.signed_cents
    Object.assign(account, { ledger_balance_cents: balance_cents })
    known.push(entry(account, { sequence: known.length + 1, balance_cents, ...line }))
    this.entries.set(account_id, known)
  }

  #post(body: Posting): ReplyOf<typeof postTransaction> {
    const key = `${body.transaction_id} ${body.step}`
    const known = this.booked.get(key)
    if (known === undefined) {
      for (const { debit, credit, amount_cents } of body.postings) {
        this.#refuseBlocked(debit, amount_cents)
        this.#refuseBlocked(credit, 0n)
      }
      for (const { debit, credit, amount_cents } of body.postings) {
        this.#move(debit, -amount_cents)
        this.#move(credit, amount_cents)
      }
    }
    const ledger_transaction_id = known?.ledger_transaction_id ?? newId()
    this.booked.set(key, { ...body, ledger_transaction_id })
    return { ...transactionOf(body), ledger_transaction_id }
  }

  #refuseBlocked(named: string, amount_cents: bigint): void {
    if (named.length !== 36) return
    const account = this.of(named)
    if (account.state === 'CLOSED') throw refusal('LEDGER_ACCOUNT_CLOSED', 409)
    const isBlocked = account.state === 'FROZEN' || (amount_cents > 0n && account.state === 'DEBIT_BLOCKED')
    if (isBlocked) throw refusal('ACCOUNT_BLOCKED', 409)
    if (amount_cents > account.ledger_balance_cents - account.held_cents) throw refusal('INSUFFICIENT_FUNDS', 422)
  }

  #move(named: string, signed_cents: bigint): void {
    if (named.length !== 36) this.own.set(named, (this.own.get(named) ?? 0n) + signed_cents)
    else this.of(named).ledger_balance_cents += signed_cents
  }
}

function refusal(code: string, status: number): Problem {
  return new Problem({ code, status, title: code })
}

function transactionOf(body: Posting): Omit<ReplyOf<typeof postTransaction>, 'ledger_transaction_id'> {
  const { transaction_id, business_event, reference, description, currency } = body
  const now = new Date().toISOString()
  const day = now.slice(0, 10)
  const about = { transaction_id, business_event, reference, description, currency, postings: [] }
  const links = { hold_id: null, reversal_of: null, reversed_by: null }
  return { ...about, ...links, value_date: day, business_date: day, booked_at: now }
}

function entry(
  account: LedgerAccount,
  line: Partial<Entry> & { signed_cents: bigint; business_date: string; balance_cents: bigint; sequence: number },
): Entry {
  const isCredit = line.signed_cents > 0n
  return {
    entry_id: newId(),
    ledger_account_id: account.ledger_account_id,
    ledger_transaction_id: newId(),
    side: isCredit ? 'CREDIT' : 'DEBIT',
    amount_cents: isCredit ? line.signed_cents : -line.signed_cents,
    currency: account.currency,
    business_event: 'TRANSFER',
    reference: 'TXN-2026-000001',
    description: 'Transfer',
    value_date: line.business_date,
    booked_at: `${line.business_date}T10:00:00.000Z`,
    ...line,
  }
}

function ledgerAccount(body: InputOf<typeof openLedgerAccount>['body']): KnownAccount {
  const { ledger_account_id, gl_code, currency, overdraft_limit_cents } = body
  const now = new Date().toISOString()
  return {
    ledger_account_id,
    gl_code,
    name: 'Customer deposits',
    account_type: 'LIABILITY',
    normal_side: 'CREDIT',
    currency,
    state: body.state ?? 'OPEN',
    overdraft_limit_cents,
    ledger_balance_cents: 0n,
    held_cents: 0n,
    available_balance_cents: overdraft_limit_cents,
    entry_count: 0,
    daily_limit_cents: body.daily_limit_cents ?? null,
    monthly_limit_cents: body.monthly_limit_cents ?? null,
    debited_today_cents: 0n,
    debited_month_cents: 0n,
    created_at: now,
    as_of: now,
    version: 0,
    limits_version: 0,
  }
}
