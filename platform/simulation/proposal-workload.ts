import { getBusinessDate, moveSandboxClock } from '#contracts/api/ledger-days.ts'
import { closePeriod } from '#contracts/api/ledger-periods.ts'
import { approveProposal, proposeBooking, rejectProposal, withdrawProposal } from '#contracts/api/ledger-proposals.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Chance } from '../demo/random.ts'
import type { Wish } from './clients.ts'

/** Proposals that several wishes are about at a time, and how many are known. */
const BUSY = 3
const REMEMBERED = 12
/** The last days of a month: from then on the clock may be moved into the next one at once. */
const LATE_IN_MONTH = 25
const INTO_THE_PAST = [0, 1, 2, 30, 31] as const
const MOVES_S = [1, 3_600, 40_000, 86_400] as const
const DAY_MS = 86_400_000

export const operator = operatorNamed('simulated operator')
const another = operatorNamed('another operator')

interface Proposal {
  readonly proposal_id: string
  readonly proposed_by: string
  readonly [field: string]: unknown
}

/** What proposals are made of: what the wishes of services are made of too. */
export interface Desk {
  readonly chance: Chance
  id(): string
  /** An account and another one, or one of the bank's own, in its currency. */
  sides(): { readonly currency: string; readonly debit: string; readonly credit: string }
  cents(): bigint
}

/** What two persons want of the ledger: something booked, held or adjusted, a month or a year closed; and that time passes for it. */
export class ProposalWishes {
  readonly menu: readonly (readonly [weight: number, make: () => Wish])[] = [
    [4, () => this.#propose('TRANSACTION')],
    [3, () => this.#propose('HOLD')],
    [10, () => this.#adjust()],
    [10, () => this.#close()],
    [24, () => this.#decide(approveProposal)],
    [2, () => this.#decide(rejectProposal)],
    [1, () => this.#withdraw()],
    [2, () => this.askDate()],
    [3, () => this.#moveClock()],
  ]
  readonly #desk: Desk
  #waiting: Proposal[] = []
  /** The business date as last heard of, or where the clock is on its way to; empty before. */
  #date = ''
  /** The month after the last that was proposed to be closed: at first that of the first day, which `#first` keeps. */
  #month = ''
  #first = ''

  constructor(desk: Desk) {
    this.#desk = desk
  }

  askDate(): Wish {
    const asking = { operation: getBusinessDate, input: {}, caller: operator }
    const onReply = (reply: unknown): void => this.#hearDate(reply)
    return { name: getBusinessDate.id, askings: [asking], isKept: false, onReply }
  }

  /** A value date: today or not long ago; undefined before the date was heard of. */
  valueDate(): string | undefined {
    return this.#date === '' ? undefined : dateBefore(this.#date, this.#desk.chance.pick(INTO_THE_PAST))
  }

  #hearDate(reply: unknown): void {
    const { business_date, moving_to } = reply as { business_date: string; moving_to: string | null }
    const date = moving_to?.slice(0, 10) ?? business_date
    if (date > this.#date) this.#date = date
    if (this.#month === '') {
      this.#month = business_date.slice(0, 7)
      this.#first = this.#month
    }
  }

  #wish(operation: Operation, input: object, caller: Caller, more: Partial<Wish> = {}): Wish {
    const key = this.#desk.id()
    const askings = [{ operation, input, caller, key }]
    return { name: `${operation.id} ${key.slice(9, 13)}`, askings, isKept: true, decidedIn, ...more }
  }

  /** What is decided has no key: who asks again is told that nothing waits any more. */
  #decision(operation: Operation, { proposal_id }: Proposal, caller: Caller): Wish {
    const hasBody = operation !== withdrawProposal
    const input = { params: { proposal_id }, ...(hasBody ? { body: { reason: 'looked at the papers' } } : {}) }
    const name = `${operation.id} ${this.#desk.id().slice(9, 13)}`
    const onReply = (): void => {
      this.#waiting = this.#waiting.filter((other) => other.proposal_id !== proposal_id)
    }
    return { name, askings: [{ operation, input, caller }], isKept: false, onReply }
  }

  #made(reply: unknown): void {
    const proposal = reply as Proposal
    this.#waiting.push(proposal)
    if (this.#waiting.length > REMEMBERED) this.#waiting.shift()
    if (proposal.period === this.#month) this.#month = monthAfter(this.#month)
  }

  #proposer(): Caller {
    return this.#desk.chance.pick([operator, another])
  }

  #propose(kind: 'TRANSACTION' | 'HOLD' | 'ADJUSTMENT'): Wish {
    const body = { kind, reason: 'a mistake of last month', ...this.#content(kind) }
    return this.#wish(proposeBooking, { body }, this.#proposer(), { onReply: (reply) => this.#made(reply) })
  }

  #content(kind: 'TRANSACTION' | 'HOLD' | 'ADJUSTMENT'): object {
    const { chance } = this.#desk
    const { currency, debit, credit } = this.#desk.sides()
    const amount_cents = this.#desk.cents()
    if (kind === 'HOLD')
      return { hold: { ledger_account_id: debit, amount_cents, currency, expires_in_s: chance.pick([60, 3_600]) } }
    const about = { business_event: 'CORRECTION', reference: 'SIM', description: 'simulated', currency }
    const posting = chance.happens(50)
      ? { debit, credit, amount_cents }
      : chance.pick([
          { debit: 'CASH', credit: 'FEE_INCOME', amount_cents },
          { debit: 'FEE_INCOME', credit: 'CASH', amount_cents },
          { debit: 'FEE_EXPENSE', credit: 'CASH', amount_cents },
        ])
    const value_date = kind === 'ADJUSTMENT' ? dateBefore(`${this.#month}-01`, 1) : this.valueDate()
    return {
      transaction: { ...about, postings: [posting], ...(value_date === undefined ? {} : { value_date }) },
    }
  }

  /** Of the last month that somebody wished to close, whether or not it is. */
  #adjust(): Wish {
    return this.#propose(this.#month === this.#first ? 'TRANSACTION' : 'ADJUSTMENT')
  }

  /** The month whose turn it is or the one before it, and after a December its year. */
  #close(): Wish {
    if (this.#month === '') return this.askDate()
    const { chance } = this.#desk
    const before = dateBefore(`${this.#month}-01`, 1)
    if (this.#isClosable() !== chance.happens(96)) return this.#adjust()
    const tried = this.#month === this.#first ? [] : [before.slice(0, 7)]
    const years = tried.length > 0 && before.endsWith('-12-31') ? Array(4).fill(before.slice(0, 4)) : []
    const period: string = chance.pick([this.#month, ...tried, ...tried, ...years])
    const input = { params: { period }, body: { reason: 'the books are done' } }
    return this.#wish(closePeriod, input, this.#proposer(), { onReply: (reply) => this.#made(reply) })
  }

  /** Another person says yes or no; now and then it is the same one, who may not. */
  #decide(operation: typeof approveProposal | typeof rejectProposal): Wish {
    const { chance } = this.#desk
    const proposal = this.#busy()
    if (proposal === undefined) return this.#propose('TRANSACTION')
    const isFirst = (proposal.proposed_by === operator.sub) === chance.happens(5)
    return this.#decision(operation, proposal, isFirst ? operator : another)
  }

  #withdraw(): Wish {
    const proposal = this.#busy()
    if (proposal === undefined) return this.#close()
    return this.#decision(withdrawProposal, proposal, proposal.proposed_by === operator.sub ? operator : another)
  }

  /** A proposal that waits as far as was heard; mostly one to close a period, where there is one. */
  #busy(): Proposal | undefined {
    const { chance } = this.#desk
    const closes = this.#waiting.filter(({ kind }) => kind === 'PERIOD_CLOSE')
    if (this.#waiting.length === 0) return undefined
    return chance.pick(closes.length > 0 && chance.happens(60) ? closes : this.#waiting.slice(-BUSY))
  }

  #moveClock(): Wish {
    const { chance } = this.#desk
    return this.#isLate() && chance.happens(40)
      ? this.#intoNextMonth()
      : this.#move({ advance_s: chance.pick(MOVES_S) })
  }

  /** Most often a month ends soon, so that it may be closed while the rest goes on. */
  beginning(): readonly Wish[] {
    return this.#isLate() && this.#desk.chance.happens(85) ? [this.#intoNextMonth()] : []
  }

  #isClosable(): boolean {
    return this.#month < this.#date.slice(0, 7) || this.#month !== this.#first
  }

  #isLate(): boolean {
    return Number(this.#date.slice(8)) >= LATE_IN_MONTH
  }

  #intoNextMonth(): Wish {
    return this.#move({ to: `${monthAfter(this.#date.slice(0, 7))}-01T00:00:01Z` })
  }

  #move(body: object): Wish {
    const asking = { operation: moveSandboxClock, input: { body }, caller: anonymous }
    const onReply = (reply: unknown): void => this.#hearDate(reply)
    return { name: moveSandboxClock.id, askings: [asking], isKept: false, onReply }
  }
}

function operatorNamed(sub: string): Caller {
  return { ...anonymous, kind: 'user', roles: ['operator'], sub, amr: ['pwd', 'otp'] }
}

function monthAfter(month: string): string {
  return dateBefore(`${month}-01`, -31).slice(0, 7)
}

function dateBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10)
}

/** What a proposal says as long as it stands; the rest is what has become of it. */
function decidedIn({
  proposal_id,
  kind,
  transaction,
  hold,
  period,
  reason,
  proposed_by,
  proposed_at,
}: Proposal): unknown {
  return { proposal_id, kind, transaction, hold, period, reason, proposed_by, proposed_at }
}
