import * as api from '#contracts/api/ledger.ts'
import { runEndOfDay, runReconciliation } from '#contracts/api/ledger-days.ts'
import * as holdApi from '#contracts/api/ledger-holds.ts'
import { postInBulk } from '#contracts/api/ledger-transactions.ts'
import { type Caller, serviceCaller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Chance } from '../demo/random.ts'
import type { Wish, Workload } from './clients.ts'
import { operator, ProposalWishes } from './proposal-workload.ts'
import { Violation } from './violation.ts'

const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD'] as const
const STATES = ['OPEN', 'OPEN', 'DEBIT_BLOCKED', 'CREDIT_BLOCKED', 'FROZEN', 'CLOSED'] as const
const OWN = ['CASH', 'SETTLEMENT', 'SUSPENSE', 'FEE_INCOME'] as const
const EXPIRES_IN_S = [1, 1, 2, 5, 60, 3_600, 100_000] as const
/** Things that were made and may be wished about again: the newest so many. */
const REMEMBERED = 12
/** Holds that last no longer than so, of which more are remembered: until their time is over. */
const [BRIEF_S, BRIEF_REMEMBERED] = [2, 100]
/** Holds and transactions that several wishes are about at a time. */
const BUSY = 4
const ACCOUNTS_AT_FIRST = 5

const transfers = serviceCaller('transaction-service')
const accountsService = serviceCaller('account-service')

interface Account {
  readonly ledger_account_id: string
  readonly currency: string
  version: number
}
interface Made {
  readonly id: string
  readonly account: Account
}
/** A hold that was placed, by the bank's clock. */
interface Placed extends Made {
  readonly placed_ms: number
  readonly expires_ms: number
}
interface HoldReply {
  readonly hold_id: string
  readonly placed_at: string
  readonly expires_at: string
}
interface BulkReply {
  readonly items: readonly { transaction_id: string; ledger_transaction_id?: string }[]
}

/** Few accounts, small amounts and short holds, so that what is wished for often collides with what others wish for. */
export class LedgerWorkload implements Workload {
  readonly beginning: readonly (() => readonly Wish[])[]
  readonly beginsAtRest = true
  readonly #chance: Chance
  readonly #accounts: Account[] = []
  readonly #transactions: Made[] = []
  readonly #holds: Placed[] = []
  /** Those that last seconds only, for longer. */
  readonly #brief: Placed[] = []
  readonly #bodies: object[] = []
  /** Transactions of bulks by their steps: each bulk that repeats one must be told the same. */
  readonly #booked = new Map<string, string>()
  readonly #menu: readonly (() => Wish)[]
  readonly #people: ProposalWishes
  #count = 0

  constructor(chance: Chance) {
    this.#chance = chance
    this.#people = new ProposalWishes({
      chance,
      id: () => this.#id(),
      cents: () => this.#cents(),
      sides: () => this.#sides(),
    })
    const menu: readonly (readonly [weight: number, make: () => Wish])[] = [
      [30, () => this.#transfer()],
      [10, () => this.#deposit()],
      [3, () => this.#exchange()],
      [5, () => this.#bulk()],
      [16, () => this.#placeHold()],
      [8, () => this.#captureByPosting()],
      [8, () => this.#capture()],
      [5, () => this.#increase()],
      [10, () => this.#release()],
      [8, () => this.#reverse()],
      [3, () => this.#look()],
      [2, () => this.#setState()],
      [2, () => this.#setLimits()],
      [2, () => this.#setOverdraft()],
      [1, () => this.#openAccount()],
      [1, () => this.#wish(runEndOfDay, {}, operator, { isKept: false })],
      [1, () => this.#wish(runReconciliation, {}, operator, { isKept: false })],
      ...this.#people.menu,
    ]
    this.#menu = menu.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))
    this.beginning = [
      () => [this.#people.askDate(), ...Array.from({ length: ACCOUNTS_AT_FIRST }, () => this.#openAccount())],
      () => this.#accounts.map((account) => this.#deposit(account)),
      () => this.#people.beginning(),
    ]
  }

  next(): Wish {
    const wish = this.#chance.pick(this.#menu)()
    return wish.isKept && this.#chance.happens(4) ? withTwin(wish) : wish
  }

  #id(): string {
    const hex = (length: number): string =>
      Array.from({ length }, () => this.#chance.between(0, 15).toString(16)).join('')
    this.#count += 1
    return `00000000-${this.#count.toString(16).padStart(4, '0')}-7${hex(3)}-8${hex(3)}-${hex(12)}`
  }

  #cents(): bigint {
    return BigInt(this.#chance.between(1, this.#chance.happens(10) ? 2_000 : 200))
  }

  #wish(operation: Operation, input: object, caller: Caller, more: Partial<Wish> = {}): Wish {
    const askings = [{ operation, input, caller }]
    return { name: `${operation.id} ${this.#count}`, askings, isKept: true, ...more }
  }

  #step(name: string): { transaction_id: string; step: string } {
    return { transaction_id: this.#id(), step: name }
  }

  #account(): Account {
    return this.#chance.pick(this.#accounts)
  }

  #accountLike({ currency }: Account): string {
    return this.#chance.pick(this.#accounts.filter((one) => one.currency === currency)).ledger_account_id
  }

  #sides(): { currency: string; debit: string; credit: string } {
    const account = this.#account()
    const credit = this.#chance.happens(30) ? this.#chance.pick(OWN) : this.#accountLike(account)
    return { currency: account.currency, debit: account.ledger_account_id, credit }
  }

  #openAccount(): Wish {
    const chance = this.#chance
    const account = { ledger_account_id: this.#id(), currency: chance.pick(CURRENCIES), version: 0 }
    this.#accounts.push(account)
    const { ledger_account_id, currency } = account
    const overdraft_limit_cents = chance.happens(50) ? 0n : BigInt(chance.between(1, 500))
    const limits = chance.happens(30) ? { daily_limit_cents: 1_500n, monthly_limit_cents: 9_000n } : {}
    const body = { ledger_account_id, gl_code: 'CUSTOMER_DEPOSITS', currency, overdraft_limit_cents, ...limits }
    return this.#wish(api.openLedgerAccount, { body }, accountsService, { isKept: false })
  }

  /** The body of a posting; one in fifty is in a currency that its accounts do not have. */
  #booking(account: Account, postings: readonly object[], more: object = {}): object {
    const step = this.#step('post')
    const currency = this.#chance.happens(2) ? 'USD' : account.currency
    const words = { business_event: 'TRANSFER', reference: `SIM-${this.#count}`, description: 'simulated' }
    const value_date = this.#chance.happens(10) ? this.#people.valueDate() : undefined
    return { ...step, ...words, currency, postings, ...(value_date === undefined ? {} : { value_date }), ...more }
  }

  #post(account: Account, body: object): Wish {
    const onReply = (reply: unknown): void => {
      remember(this.#transactions, { id: (reply as { ledger_transaction_id: string }).ledger_transaction_id, account })
    }
    remember(this.#bodies, body)
    return this.#wish(api.postTransaction, { body }, transfers, { onReply })
  }

  #transferBody(account: Account): object {
    const chance = this.#chance
    const postings = Array.from({ length: chance.happens(70) ? 1 : chance.between(2, 5) }, () => ({
      debit: account.ledger_account_id,
      credit: chance.happens(15) ? chance.pick(OWN) : this.#accountLike(account),
      amount_cents: this.#cents(),
    }))
    return this.#booking(account, postings, chance.happens(20) ? { is_limited: true } : {})
  }

  #transfer(): Wish {
    const account = this.#account()
    return this.#post(account, this.#transferBody(account))
  }

  #deposit(account = this.#account()): Wish {
    const posting = { debit: 'CASH', credit: account.ledger_account_id, amount_cents: this.#cents() * 4n }
    return this.#post(account, this.#booking(account, [posting]))
  }

  /** One currency for twice as much of another; now and then for one unit too many. */
  #exchange(): Wish {
    const account = this.#account()
    const buy_currency = account.currency === 'EUR' ? 'USD' : 'EUR'
    const buyer = this.#accounts.find(({ currency }) => currency === buy_currency)
    if (buyer === undefined) return this.#openAccount()
    const amount_cents = this.#cents()
    const bought = amount_cents * 2n + (this.#chance.happens(10) ? 1n : 0n)
    const postings = [
      { debit: account.ledger_account_id, credit: 'FX_POSITION', amount_cents, currency: account.currency },
      { debit: 'FX_POSITION', credit: buyer.ledger_account_id, amount_cents: bought, currency: buy_currency },
    ]
    const exchange = { sell_currency: account.currency, buy_currency, rate: '2.0' }
    return this.#post(account, this.#booking(account, postings, { exchange }))
  }

  /** Several at once, some of which were or will be sent by themselves as well. */
  #bulk(): Wish {
    const mode = this.#chance.happens(50) ? 'atomic' : 'each'
    const transactions = Array.from({ length: this.#chance.between(2, 6) }, () =>
      this.#bodies.length > 0 && this.#chance.happens(20)
        ? this.#chance.pick(this.#bodies)
        : this.#transferBody(this.#account()),
    )
    const onReply = (reply: unknown): void => this.#hearBulk(reply as BulkReply)
    return this.#wish(postInBulk, { query: {}, body: { mode, transactions } }, transfers, { isKept: false, onReply })
  }

  #hearBulk({ items }: BulkReply): void {
    for (const { transaction_id, ledger_transaction_id } of items) {
      if (ledger_transaction_id === undefined) continue
      const before = this.#booked.get(transaction_id)
      if (before !== undefined && before !== ledger_transaction_id)
        throw new Violation('a repeated request has the same answer', [
          { transaction_id, before, ledger_transaction_id },
        ])
      this.#booked.set(transaction_id, ledger_transaction_id)
    }
  }

  #placeHold(): Wish {
    const account = this.#account()
    const { ledger_account_id, currency } = account
    const expires_in_s = this.#chance.pick(EXPIRES_IN_S)
    const body = { ...this.#step('hold'), ledger_account_id, amount_cents: this.#cents(), currency, expires_in_s }
    const onReply = (reply: unknown): void => {
      const { hold_id: id, placed_at, expires_at } = reply as HoldReply
      const placed = { id, account, placed_ms: Date.parse(placed_at), expires_ms: Date.parse(expires_at) }
      remember(this.#holds, placed)
      if (expires_in_s <= BRIEF_S) remember(this.#brief, placed, BRIEF_REMEMBERED)
    }
    return this.#wish(api.placeHold, { body }, transfers, { onReply })
  }

  #captureBody({ account }: Made, more: object): object {
    const credit = this.#chance.happens(50) ? 'SETTLEMENT' : this.#accountLike(account)
    const posting = { debit: account.ledger_account_id, credit, amount_cents: this.#cents() }
    return this.#booking(account, [posting], more)
  }

  /** One of the newest, about which others wish too, or the one whose time is over about now. */
  #heldToCapture(): Made {
    const newest = this.#holds.at(-1)
    if (newest === undefined || this.#brief.length === 0 || this.#chance.happens(50))
      return this.#chance.pick(this.#holds.slice(-BUSY))
    const distance = ({ expires_ms }: Placed): number => Math.abs(newest.placed_ms - expires_ms)
    return this.#brief.reduce((best, one) => (distance(one) < distance(best) ? one : best))
  }

  #captureByPosting(): Wish {
    if (this.#holds.length === 0) return this.#placeHold()
    const hold = this.#heldToCapture()
    const more = { hold_id: hold.id, ...(this.#chance.happens(50) ? { releases_rest: false } : {}) }
    return this.#post(hold.account, this.#captureBody(hold, more))
  }

  #capture(): Wish {
    if (this.#holds.length === 0) return this.#placeHold()
    const hold = this.#heldToCapture()
    const body = this.#captureBody(hold, { is_final: this.#chance.happens(30) })
    return this.#wish(holdApi.captureHold, { params: { hold_id: hold.id }, body }, transfers)
  }

  #increase(): Wish {
    if (this.#holds.length === 0) return this.#placeHold()
    const { id: hold_id } = this.#chance.pick(this.#holds.slice(-BUSY))
    const longer = this.#chance.happens(50) ? { expires_in_s: this.#chance.pick(EXPIRES_IN_S) } : {}
    const body = { ...this.#step('increase'), amount_cents: this.#cents(), ...longer }
    return this.#wish(holdApi.incrementHold, { params: { hold_id }, body }, transfers)
  }

  #release(): Wish {
    if (this.#holds.length === 0) return this.#placeHold()
    const body = { ...this.#step('release'), reason_code: 'SIMULATED' }
    return this.#wish(
      api.releaseHold,
      { params: { hold_id: this.#chance.pick(this.#holds.slice(-BUSY)).id }, body },
      transfers,
    )
  }

  #reverse(): Wish {
    if (this.#transactions.length === 0) return this.#deposit()
    const { id: ledger_transaction_id } = this.#chance.pick(this.#transactions.slice(-BUSY))
    const body = { ...this.#step('reverse'), reason: 'booked by mistake' }
    return this.#wish(api.reverseTransaction, { params: { ledger_transaction_id }, body }, transfers)
  }

  #order(operation: Operation, body: object): Wish {
    const account = this.#account()
    account.version += 1
    const params = { ledger_account_id: account.ledger_account_id }
    const input = { params, body: { ...body, version: account.version } }
    return this.#wish(operation, input, accountsService, { isKept: false })
  }

  #setState(): Wish {
    return this.#order(api.setLedgerAccountState, { state: this.#chance.pick(STATES) })
  }

  #setLimits(): Wish {
    const daily_limit_cents = this.#chance.happens(50) ? null : BigInt(this.#chance.between(0, 3_000))
    return this.#order(api.setLedgerAccountLimits, { daily_limit_cents, monthly_limit_cents: null })
  }

  #setOverdraft(): Wish {
    const overdraft_limit_cents = BigInt(this.#chance.between(0, 500))
    return this.#order(api.setLedgerAccountOverdraft, { overdraft_limit_cents })
  }

  #look(): Wish {
    const params = { ledger_account_id: this.#account().ledger_account_id }
    return this.#wish(api.getLedgerAccount, { params }, transfers, { isKept: false })
  }
}

function remember<Item>(list: Item[], item: Item, most = REMEMBERED): void {
  list.push(item)
  if (list.length > most) list.shift()
}

/** The wish with another request under the same key, as a client sends it that forgot what it had asked for. */
function withTwin(wish: Wish): Wish {
  const [first] = wish.askings
  if (first === undefined) return wish
  const { body } = first.input as { body: Record<string, unknown> }
  const other = [
    { amount_cents: 7n },
    { reference: 'SIM-OTHER' },
    { reason: 'another' },
    { reason_code: 'OTHER' },
  ].find((field) => Object.entries(field).every(([name, value]) => name in body && body[name] !== value))
  const twin = { ...first, input: { ...first.input, body: { ...body, ...other } } }
  return other === undefined ? wish : { ...wish, askings: [first, twin] }
}
