import * as api from '#contracts/api/ledger.ts'
import { anonymous, type Caller, serviceCaller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Chance } from '../demo/random.ts'
import type { Asking, Wish } from './clients.ts'

/** What the clients of a service want, one wish after another. */
export interface Workload {
  /** What must be there before anything else is wished for. */
  readonly beginning: readonly Wish[]
  next(): Wish
}

const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD'] as const
const STATES = ['OPEN', 'OPEN', 'DEBIT_BLOCKED', 'CREDIT_BLOCKED', 'FROZEN', 'CLOSED'] as const
const OWN = ['CASH', 'SETTLEMENT', 'SUSPENSE'] as const
/** Things that were made and may be wished about again: the newest so many. */
const REMEMBERED = 12

interface Account {
  readonly ledger_account_id: string
  readonly currency: string
  version: number
}
interface Made {
  readonly id: string
  readonly account: Account
}

const transfers = serviceCaller('transaction-service')
const accountsService = serviceCaller('account-service')
const operator: Caller = { ...anonymous, kind: 'user', roles: ['operator'], sub: 'simulated operator', amr: ['pwd', 'otp'] }

/** Few accounts, small amounts and short holds, so that what is wished for often collides with what others wish for. */
export function ledgerWorkload(chance: Chance): Workload {
  let count = 0
  const accounts: Account[] = []
  const transactions: Made[] = []
  const holds: Made[] = []

  const id = (): string => {
    const hex = (length: number): string => Array.from({ length }, () => chance.between(0, 15).toString(16)).join('')
    count += 1
    return `00000000-${count.toString(16).padStart(4, '0')}-7${hex(3)}-8${hex(3)}-${hex(12)}`
  }
  const remember = (list: Made[], made: Made): void => {
    list.push(made)
    if (list.length > REMEMBERED) list.shift()
  }
  const cents = (): bigint => BigInt(chance.between(1, chance.happens(10) ? 2_000 : 200))
  const wish = (operation: Operation, input: object, caller: Caller, more: Partial<Wish> = {}): Wish => {
    const askings: Asking[] = [{ operation, input, caller }]
    return { name: `${operation.id} ${count}`, askings, isKept: true, ...more }
  }
  const step = (name: string): { transaction_id: string; step: string } => ({ transaction_id: id(), step: name })
  const someAccount = (): Account => chance.pick(accounts)
  const sameCurrency = ({ currency }: Account): Account => chance.pick(accounts.filter((one) => one.currency === currency))

  const openAccount = (): Wish => {
    const account = { ledger_account_id: id(), currency: chance.pick(CURRENCIES), version: 0 }
    accounts.push(account)
    const { ledger_account_id, currency } = account
    const overdraft_limit_cents = chance.happens(50) ? 0n : BigInt(chance.between(1, 500))
    const limits = chance.happens(30) ? { daily_limit_cents: 1_500n, monthly_limit_cents: 9_000n } : {}
    const body = { ledger_account_id, gl_code: 'CUSTOMER_DEPOSITS', currency, overdraft_limit_cents, ...limits }
    return wish(api.openLedgerAccount, { body }, accountsService, { isKept: false })
  }
  const post = (account: Account, postings: readonly object[], more: object = {}): Wish => {
    const body = {
      ...step('post'),
      business_event: 'TRANSFER',
      reference: `SIM-${count}`,
      description: 'simulated',
      currency: chance.happens(2) ? 'USD' : account.currency,
      postings,
      ...more,
    }
    const onReply = (reply: unknown): void =>
      remember(transactions, { id: (reply as { ledger_transaction_id: string }).ledger_transaction_id, account })
    return wish(api.postTransaction, { body }, transfers, { onReply })
  }
  const transfer = (): Wish => {
    const account = someAccount()
    const postings = Array.from({ length: chance.happens(70) ? 1 : chance.between(2, 5) }, () => ({
      debit: account.ledger_account_id,
      credit: chance.happens(15) ? chance.pick(OWN) : sameCurrency(account).ledger_account_id,
      amount_cents: cents(),
    }))
    return post(account, postings, chance.happens(20) ? { is_limited: true } : {})
  }
  const deposit = (): Wish => {
    const account = someAccount()
    return post(account, [{ debit: 'CASH', credit: account.ledger_account_id, amount_cents: cents() * 3n }])
  }
  const placeHold = (): Wish => {
    const account = someAccount()
    const { ledger_account_id, currency } = account
    const expires_in_s = chance.pick([1, 2, 5, 60, 3_600, 100_000])
    const body = { ...step('hold'), ledger_account_id, amount_cents: cents(), currency, expires_in_s }
    const onReply = (reply: unknown): void =>
      remember(holds, { id: (reply as { hold_id: string }).hold_id, account })
    return wish(api.placeHold, { body }, transfers, { onReply })
  }
  const capture = (): Wish => {
    if (holds.length === 0) return placeHold()
    const { id: hold_id, account } = chance.pick(holds)
    const credit = chance.happens(50) ? 'SETTLEMENT' : sameCurrency(account).ledger_account_id
    return post(account, [{ debit: account.ledger_account_id, credit, amount_cents: cents() }], { hold_id })
  }
  const release = (): Wish => {
    if (holds.length === 0) return placeHold()
    const input = { params: { hold_id: chance.pick(holds).id }, body: { ...step('release'), reason_code: 'SIMULATED' } }
    return wish(api.releaseHold, input, transfers)
  }
  const reverse = (): Wish => {
    if (transactions.length === 0) return deposit()
    const made = chance.pick(transactions)
    const input = { params: { ledger_transaction_id: made.id }, body: { ...step('reverse'), reason: 'booked by mistake' } }
    return wish(api.reverseTransaction, input, transfers)
  }
  const setState = (): Wish => {
    const account = someAccount()
    account.version += 1
    const params = { ledger_account_id: account.ledger_account_id }
    const body = { state: chance.pick(STATES), version: account.version }
    return wish(api.setLedgerAccountState, { params, body }, accountsService, { isKept: false })
  }
  const setLimits = (): Wish => {
    const account = someAccount()
    account.version += 1
    const params = { ledger_account_id: account.ledger_account_id }
    const daily_limit_cents = chance.happens(50) ? null : BigInt(chance.between(0, 3_000))
    const body = { daily_limit_cents, monthly_limit_cents: null, version: account.version }
    return wish(api.setLedgerAccountLimits, { params, body }, accountsService, { isKept: false })
  }
  const moveClock = (): Wish => {
    const advance_s = chance.pick([1, 60, 3_600, 40_000, 90_000])
    return wish(api.moveSandboxClock, { body: { advance_s } }, anonymous, { isKept: false })
  }
  const look = (): Wish => {
    const params = { ledger_account_id: someAccount().ledger_account_id }
    return wish(api.getLedgerAccount, { params }, transfers, { isKept: false })
  }
  const closeDay = (): Wish => wish(api.runEndOfDay, {}, operator, { isKept: false })
  const reconcile = (): Wish => wish(api.runReconciliation, {}, operator, { isKept: false })

  const menu: readonly (readonly [weight: number, make: () => Wish])[] = [
    [30, transfer],
    [10, deposit],
    [16, placeHold],
    [12, capture],
    [9, release],
    [8, reverse],
    [3, look],
    [2, setState],
    [2, setLimits],
    [1, openAccount],
    [1, moveClock],
    [1, closeDay],
    [1, reconcile],
  ]
  const courses = menu.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))
  return {
    beginning: Array.from({ length: 5 }, openAccount),
    next: () => {
      const made = chance.pick(courses)()
      const [first] = made.askings
      const { body } = (first?.input ?? {}) as { body?: { postings?: readonly object[]; amount_cents?: bigint } }
      if (!made.isKept || !chance.happens(3) || body === undefined || first === undefined) return made
      const other = body.amount_cents === undefined ? { reference: 'SIM-OTHER', reason: 'another' } : { amount_cents: 7n }
      const kept = Object.fromEntries(Object.entries(other).filter(([name]) => name in body))
      if (Object.keys(kept).length === 0) return made
      return { ...made, askings: [first, { ...first, input: { ...first.input, body: { ...body, ...kept } } }] }
    },
  }
}
