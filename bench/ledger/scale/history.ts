import { CASH_INDEX, type Plan } from './plan.ts'

/** One transfer of the history, with what it does to both accounts. The same object is handed out again and again. */
export interface Transfer {
  id: string
  transaction_id: string
  booked_ms: number
  business_date: string
  value_date: string
  isFunding: boolean
  /** Numbers of accounts. */
  debit: number
  credit: number
  cents: number
  debit_sequence: number
  credit_sequence: number
  debit_balance: number
  credit_balance: number
  /** Random, as many as texts of the transfer need. */
  noise: string
}

/** What happened so far: balances and numbers of entries, the last element being cash. */
export interface History {
  readonly balances: Float64Array
  readonly counts: Uint32Array
  /** Lives through a day; its transfers are told in their order where somebody listens. */
  live(day: number, isTold: boolean): Generator<Transfer>
}

const DAY_MS = 86_400_000
/** Accounts are opened during the first two thirds of the days. */
const OPENING_SHARE = 2 / 3
/** The first accounts are businesses, paid by many; the very first are merchants, paid by most. */
const BUSINESSES = 10_000
const MERCHANTS = 10
const FUNDS = 10_000_000
const BUSINESS_FUNDS = 100_000_000_000
/** Of the transfers, how many have their value on the day before. */
const BACKDATED_SHARE = 0.01

/** The history of a plan, always the same: each day has a generator of chance of its own. */
export function historyOf({ accounts, entries, days }: Plan): History {
  const balances = new Float64Array(accounts + 1)
  const counts = new Uint32Array(accounts + 1)
  const moves = Math.floor(entries / 2) - accounts
  const openingDays = Math.max(1, Math.floor(days.length * OPENING_SHARE))
  const openedBy = (day: number): number => Math.min(accounts, Math.ceil((accounts * (day + 1)) / openingDays))
  const movesOn = (day: number): number =>
    Math.floor((moves * (day + 1)) / days.length) - Math.floor((moves * day) / days.length)
  const transfer = blankTransfer()

  /** Moves the money and says what it did; what else is told of it is made up only where somebody listens. */
  function book(random: Random, day: number, share: number, isTold: boolean): void {
    const { debit, credit, cents, isFunding } = transfer
    const from = isFunding ? accounts : debit
    // Cash is an asset: a debit raises it.
    balances[from] = (balances[from] as number) + (isFunding ? cents : -cents)
    balances[credit] = (balances[credit] as number) + cents
    counts[from] = (counts[from] as number) + 1
    counts[credit] = (counts[credit] as number) + 1
    // Chance goes the same way, listened to or not.
    if (!isTold) {
      random.skip(NOISE_WORDS + 1)
      return
    }
    const date = days[day] as string
    const isBackdated = random.below(1) < BACKDATED_SHARE && !isFunding && day > 0
    transfer.booked_ms = Date.parse(date) + Math.floor(share * (DAY_MS - 1))
    transfer.business_date = date
    transfer.value_date = isBackdated ? (days[day - 1] as string) : date
    transfer.debit_sequence = counts[from] as number
    transfer.credit_sequence = counts[credit] as number
    transfer.debit_balance = balances[from] as number
    transfer.credit_balance = balances[credit] as number
    transfer.noise = random.hex(NOISE_WORDS)
    nameTransfer(transfer)
  }

  function* live(day: number, isTold: boolean): Generator<Transfer> {
    const random = chance(day + 1)
    const before = day === 0 ? 0 : openedBy(day - 1)
    const fundings = openedBy(day) - before
    const count = fundings + movesOn(day)
    for (let i = 0, funded = 0; i < count; i++) {
      const open = before + funded
      const isFunding = open < 2 || funded < Math.floor(((i + 1) * fundings) / count)
      if (isFunding) fund(transfer, before + funded++)
      else move(transfer, random, open, balances)
      book(random, day, i / count, isTold)
      if (isTold) yield transfer
    }
  }

  return { balances, counts, live }
}

function fund(transfer: Transfer, account: number): void {
  transfer.isFunding = true
  transfer.debit = CASH_INDEX
  transfer.credit = account
  transfer.cents = account < BUSINESSES ? BUSINESS_FUNDS : FUNDS
}

/** Somebody pays somebody: one in twenty a merchant, three in twenty a business, else anybody. */
function move(transfer: Transfer, random: Random, open: number, balances: Float64Array): void {
  const kind = random.below(20)
  const many = kind < 1 ? MERCHANTS : kind < 4 ? BUSINESSES : open
  let credit = Math.floor(random.below(Math.min(many, open)))
  let debit = Math.floor(random.below(open - 1))
  if (debit >= credit) debit += 1
  const cents = 1 + Math.floor(random.below(5_000))
  if ((balances[debit] as number) < cents) [debit, credit] = [credit, debit]
  transfer.isFunding = false
  transfer.debit = debit
  transfer.credit = credit
  transfer.cents = cents
}

function blankTransfer(): Transfer {
  return {
    id: '',
    transaction_id: '',
    booked_ms: 0,
    business_date: '',
    value_date: '',
    isFunding: false,
    debit: 0,
    credit: 0,
    cents: 0,
    debit_sequence: 0,
    credit_sequence: 0,
    debit_balance: 0,
    credit_balance: 0,
    noise: '',
  }
}

let lastMs = 0
let counter = 0

/** UUIDv7s of the moment, the saga's own and the journal's. */
function nameTransfer(transfer: Transfer): void {
  const { booked_ms, noise } = transfer
  counter = booked_ms === lastMs ? counter + 1 : 0
  lastMs = booked_ms
  const time = booked_ms.toString(16).padStart(12, '0')
  const head = `${time.slice(0, 8)}-${time.slice(8)}-${(0x7000 + (counter & 0xfff)).toString(16)}`
  transfer.id = `${head}-8${noise.slice(0, 3)}-${noise.slice(4, 16)}`
  transfer.transaction_id = `${head}-9${noise.slice(16, 19)}-${noise.slice(20, 32)}`
}

const NOISE_WORDS = 16

interface Random {
  /** From 0 up to but not including `limit`. */
  below(limit: number): number
  hex(words: number): string
  skip(words: number): void
}

/** Chance that is the same for the same seed: mulberry32, enough to choose accounts by. */
function chance(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    below: (limit) => (next() / 0x1_0000_0000) * limit,
    hex: (words) => {
      let text = ''
      for (let i = 0; i < words; i++) text += next().toString(16).padStart(8, '0')
      return text
    },
    skip: (words) => {
      state = (state + Math.imul(0x6d2b79f5, words)) >>> 0
    },
  }
}
