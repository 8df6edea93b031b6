import { openAccount } from '#contracts/api/account.ts'
import { moveSandboxClock } from '#contracts/api/ledger-days.ts'
import * as api from '#contracts/api/transaction.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { stepUpDigest } from '#libs/http/step-up.ts'
import type { Chance } from '../demo/random.ts'
import type { Asking, Wish, Workload } from './clients.ts'

const CUSTOMERS = 4
const BUSY = 6

const staff = (role: string): Caller => ({
  ...anonymous,
  kind: 'user',
  roles: [role],
  sub: idOf(9_000 + role.length),
  session_id: idOf(9_100 + role.length),
  amr: ['pwd', 'otp'],
})

/** A customer with one account, once it is open. */
interface Customer {
  readonly caller: Caller
  account_id?: string
}

/** The id of the n-th thing that the world outside made. */
export function idOf(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

/** What identity and customer-service say of customers: the n-th customer is the n-th user, verified. */
export function personOf(customer_id: string) {
  const user_id = `${customer_id.slice(0, 24)}f${customer_id.slice(25)}`
  const name = { first_name: 'Ann', last_name: 'Silva', email: `ann-${customer_id.slice(-4)}@example.test` }
  return { user_id, customer_id, ...name }
}

/** Customers who move little money between few accounts, take it back, and go to the counter; staff who decide what waits. */
export class BankWorkload implements Workload {
  readonly beginning: readonly (() => readonly Wish[])[]
  readonly beginsAtRest = false
  readonly #chance: Chance
  readonly #customers: readonly Customer[]
  /** Transfers that were heard of, newest last. */
  readonly #transfers: { id: string; caller: Caller }[] = []
  readonly #menu: readonly (() => Wish)[]
  #count = 0

  constructor(chance: Chance) {
    this.#chance = chance
    this.#customers = Array.from({ length: CUSTOMERS }, (_, i) => {
      const { user_id, customer_id } = personOf(idOf(i + 1))
      const session = { sub: user_id, customer_id, session_id: idOf(500 + i) }
      return { caller: { ...anonymous, kind: 'user', roles: ['customer'], amr: ['pwd'], ...session } }
    })
    const menu: readonly (readonly [weight: number, make: () => Wish])[] = [
      [30, () => this.#transfer()],
      [6, () => this.#cash(api.depositCash)],
      [5, () => this.#cash(api.withdrawCash)],
      [5, () => this.#about(api.cancelTransaction)],
      [3, () => this.#decide()],
      [3, () => this.#undo()],
      [1, () => this.#moveClock()],
    ]
    this.#menu = menu.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))
    this.beginning = [
      () => this.#customers.map((customer) => this.#open(customer)),
      () => this.#customers.map(() => this.#cash(api.depositCash)),
    ]
  }

  next(): Wish {
    return this.#chance.pick(this.#menu)()
  }

  #wish(asking: Omit<Asking, 'key'>, more: Partial<Wish>): Wish {
    this.#count += 1
    const key = `simulated-${this.#count}`
    return { name: `${asking.operation.id} ${this.#count}`, askings: [{ ...asking, key }], isKept: true, ...more }
  }

  #open(customer: Customer): Wish {
    const asking = { operation: openAccount, input: { body: { currency: 'EUR' } }, caller: customer.caller }
    const onReply = (reply: unknown): void => {
      customer.account_id = (reply as { account_id: string }).account_id
    }
    return this.#wish(asking, { onReply, decidedIn: ({ account_id }: { account_id: string }) => account_id })
  }

  #customer(): Required<Customer> {
    return this.#chance.pick(this.#customers) as Required<Customer>
  }

  #money(caller: Caller, asking: Omit<Asking, 'key' | 'caller'>): Wish {
    const onReply = (reply: unknown): void => {
      this.#transfers.push({ id: (reply as { transaction_id: string }).transaction_id, caller })
    }
    const decidedIn = ({ transaction_id, created_at }: { transaction_id: string; created_at: string }): unknown => ({
      transaction_id,
      created_at,
    })
    return this.#wish({ ...asking, caller }, { onReply, decidedIn })
  }

  /** Small, large, and now and then so large that the fraud check looks twice. */
  #cents(): bigint {
    return BigInt(this.#chance.between(1, this.#chance.happens(6) ? 2_500_000 : 3_000))
  }

  #transfer(): Wish {
    const source = this.#customer()
    const { account_id } = this.#customer()
    const ends = { source_account_id: source.account_id, destination_account_id: account_id }
    const body = { ...ends, amount_cents: this.#cents(), currency: 'EUR', description: 'simulated' }
    const digest = stepUpDigest(api.transferMoney.id, { params: {}, body })
    // Confirmed in a name of its own: what is large needs it, and simulated people look at what they send.
    const proof_id = `00000000-0000-7000-8000-${String(this.#count + 1).padStart(12, '0')}`
    const proof = { proof_id, digest, amr: ['pwd', 'otp'], exp: Number.MAX_SAFE_INTEGER }
    const wish = this.#money(source.caller, { operation: api.transferMoney, input: { body } })
    return { ...wish, askings: wish.askings.map((asking) => ({ ...asking, caller: { ...asking.caller, proof } })) }
  }

  #cash(operation: Operation): Wish {
    const body = { account_id: this.#customer().account_id, amount_cents: this.#cents() * 2n, currency: 'EUR' }
    return this.#money(staff('teller'), { operation, input: { body } })
  }

  #about(operation: Operation, body: object = {}, caller?: Caller): Wish {
    const some = this.#transfers.slice(-BUSY)
    if (some.length === 0) return this.#transfer()
    const transfer = this.#chance.pick(some)
    const input = { params: { transaction_id: transfer.id }, body }
    return this.#wish({ operation, input, caller: caller ?? transfer.caller }, { isKept: false })
  }

  #decide(): Wish {
    const operation = this.#chance.happens(50) ? api.approveTransaction : api.rejectTransaction
    return this.#about(operation, { reason: 'looked at' }, staff('operator'))
  }

  #undo(): Wish {
    const body = { reason_code: 'BANK_ERROR', reason: 'booked by mistake' }
    return this.#about(api.reverseCompletedTransaction, body, staff('operator'))
  }

  #moveClock(): Wish {
    const body = { advance_s: this.#chance.pick([60, 40_000, 86_400]) }
    return this.#wish({ operation: moveSandboxClock, input: { body }, caller: anonymous }, { isKept: false })
  }
}
