import { type Chance, chanceOf } from '#platform/demo/random.ts'

/** How much is imported, and from what seed: the same one makes the same rows, but for their dates. */
export interface ImportSize {
  seed: string
  rows: number
  days: number
  /** Of customers who pay and are paid; 20 at least. */
  accounts: number
  callers: number
  /** Of one call at most. */
  bulk_rows: number
}

export interface Customer {
  id: string
  currency: string
  /** A poor one is paid by nobody; a frozen one has nothing and gets nothing. */
  kind: 'usual' | 'poor' | 'frozen'
}

/** One side of a posting. */
export interface Side {
  named: string
  /** The line of the chart that it is on. */
  gl_code: string
}

export interface Leg {
  debit: Side
  credit: Side
  /** Here and in sums far below what a number holds exactly. */
  amount_cents: number
  currency: string
}

/** A row of the import, and what has to become of it. */
export interface Row {
  transaction_id: string
  line: string
  /** The code that it must be refused with; undefined where it must be booked. */
  refusal: string | undefined
  value_date: string
  legs: readonly Leg[]
}

/** A side in a kind of rows; each payee is another one. */
type Party = 'payer' | 'payee' | Side

interface Kind {
  business_event: string
  /** In 100 rows. */
  weight: number
  legs: readonly (readonly [debit: Party, credit: Party])[]
  more?: object
}

const own = (named: string, gl_code = named): Side => ({ named, gl_code })
const CLEARING = own('@clearing', 'IMPORT_CLEARING')
const [FED, ACH_IN] = [own('@settlement', 'FED'), own('@suspense', 'ACH_IN')]
const [EXPENSE, PAYABLE] = [own('@expense', 'INTEREST_EXPENSE'), own('@payable', 'INTEREST_PAYABLE')]
const [POSITION, NOSTRO] = [own('@position', 'FX_POSITION'), own('@nostro', 'NOSTRO')]
const [CASH, FEES] = [own('@cash', 'CASH'), own('FEE_INCOME')]
const SALARIES = Array.from({ length: 12 }, () => ['payer', 'payee'] as const)

const EXCHANGE = { business_event: 'SWIFT_OUT', weight: 2, legs: [] }
const KINDS: readonly Kind[] = [
  { business_event: 'TRANSFER', weight: 34, legs: [['payer', 'payee']] },
  { business_event: 'TRANSFER', weight: 1, legs: SALARIES },
  { business_event: 'CARD_CLEARING', weight: 22, legs: [['payer', own('@settlement', 'CARD_SETTLE')]] },
  {
    business_event: 'ACH_RECEIVED',
    weight: 12,
    legs: [
      [FED, ACH_IN],
      [ACH_IN, 'payee'],
    ],
  },
  { business_event: 'BILL_ACCEPTED', weight: 7, legs: [['payer', own('@payable', 'BILLPAY_PAY')]] },
  { business_event: 'CASH_DEPOSIT', weight: 6, legs: [[CASH, 'payee']] },
  { business_event: 'CASH_WITHDRAWAL', weight: 6, legs: [['payer', CASH]], more: { is_limited: true } },
  { business_event: 'IMPORT', weight: 3, legs: [[CLEARING, 'payee']] },
  {
    business_event: 'FEE',
    weight: 3,
    legs: [['payer', own('@fee_income', 'FEE_INCOME')]],
    more: { product: 'EVERYDAY' },
  },
  {
    business_event: 'WIRE_RELEASED',
    weight: 2,
    legs: [
      ['payer', own('@transit', 'WIRE_OUT')],
      ['payer', FEES],
    ],
  },
  { business_event: 'INTEREST_ACCRUAL', weight: 1, legs: [[EXPENSE, PAYABLE]] },
  { business_event: 'INTEREST', weight: 1, legs: [[PAYABLE, 'payee']] },
  EXCHANGE,
]
const KINDS_OF_100 = KINDS.flatMap((kind) => Array.from({ length: kind.weight }, () => kind))

/** What a currency is exchanged for: so many minor units of the one are so many of the other. */
const EXCHANGES: Readonly<Record<string, { buy_currency: string; rate: string; sold: number; bought: number }>> = {
  EUR: { buy_currency: 'USD', rate: '1.25', sold: 4, bought: 5 },
  USD: { buy_currency: 'EUR', rate: '0.8', sold: 5, bought: 4 },
  JPY: { buy_currency: 'EUR', rate: '0.00625', sold: 8, bought: 5 },
}

/** Of every ten customers. */
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'USD', 'USD', 'JPY'] as const
/** Poor ones, and frozen ones: one at least of each currency. */
const SPECIAL_CUSTOMERS = CURRENCIES.length
/** Enough for all that a customer ever pays, even before he is paid: so the order of the rows decides nothing. */
const USUAL_CENTS = 1_000_000_000
const POOR_CENTS = 100
const LARGEST_POWER_OF_TEN = 6
const WRONG_PERCENT = 3
/** Some rows count a few days before or after they are booked, and few long before. */
const OTHER_VALUE_DATE_PERCENT = 20
const LONG_BEFORE_PERCENT = 1
const DAY_MS = 86_400_000

/** What makes of a transfer one that must be refused, whatever was booked before it. */
const WRONGS: Readonly<Record<string, (leg: Leg, cast: Cast) => Partial<Leg>>> = {
  INSUFFICIENT_FUNDS: ({ currency, amount_cents }, { customer }) => ({
    debit: customer('poor', currency),
    amount_cents: POOR_CENTS + amount_cents,
  }),
  LEDGER_ACCOUNT_NOT_FOUND: (_leg, { idAt }) => ({ credit: own(idAt(0)) }),
  CURRENCY_MISMATCH: ({ currency }, { customer }) => ({
    credit: customer('usual', currency === 'EUR' ? 'USD' : 'EUR'),
  }),
  ACCOUNT_BLOCKED: ({ currency }, { customer }) => ({ credit: customer('frozen', currency) }),
  SAME_ACCOUNT: ({ debit }) => ({ credit: debit }),
  MAPPING_NOT_FOUND: () => ({ credit: own('@nowhere') }),
  VALIDATION_FAILED: () => ({ amount_cents: 0 }),
}

/** Who takes part, by chance. */
interface Cast {
  chance: Chance
  customer(kind: Customer['kind'], currency: string): Side
  /** A UUIDv7. */
  idAt(ms: number): string
}

function castOf(seed: string, customers: readonly Customer[]): Cast {
  const chance = chanceOf(seed)
  const groups = Map.groupBy(customers, ({ kind, currency }) => `${kind} ${currency}`)
  const hex = (digits: number): string =>
    chance
      .between(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0')
  return {
    chance,
    customer: (kind, currency) => sideOf(chance.pick(groups.get(`${kind} ${currency}`) as Customer[])),
    idAt: (ms) => {
      const time = ms.toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`
    },
  }
}

function sideOf({ id }: Customer): Side {
  return own(id, 'CUSTOMER_DEPOSITS')
}

/** The customers of an import. */
export function customersOf({ seed, accounts }: ImportSize): Customer[] {
  const { idAt } = castOf(`${seed} customers`, [])
  const some = (kind: Customer['kind'], count: number): Customer[] =>
    Array.from({ length: count }, (_, i) => {
      return { id: idAt(i), currency: CURRENCIES[i % CURRENCIES.length] as string, kind }
    })
  return [...some('usual', accounts), ...some('poor', SPECIAL_CUSTOMERS), ...some('frozen', SPECIAL_CUSTOMERS)]
}

/** How many rows each day has: there are busy days and quiet ones. */
export function rowsOfDays({ seed, rows, days }: ImportSize): number[] {
  const chance = chanceOf(`${seed} days`)
  const weights = Array.from({ length: days }, () => chance.between(60, 140))
  const counts = weights.map((weight) => Math.floor((rows * weight) / sumOf(weights)))
  return counts.map((count, day) => (day === 0 ? count + rows - sumOf(counts) : count))
}

/** The rows that bring along what customers have. */
export function* broughtRows({ seed }: ImportSize, customers: readonly Customer[], date: string): Generator<Row> {
  const cast = castOf(`${seed} brought`, [])
  for (const [index, customer] of customers.entries()) {
    if (customer.kind === 'frozen') continue
    const amount_cents = customer.kind === 'usual' ? USUAL_CENTS : POOR_CENTS
    const { currency } = customer
    const legs = [{ debit: CLEARING, credit: sideOf(customer), amount_cents, currency }]
    // A moment before the day, so that no id comes again.
    yield rowOf(cast, { date, index: -1 - index, business_event: 'IMPORT', legs, more: {} }, undefined)
  }
}

/** The rows of a day. */
export function* dayRows(
  size: ImportSize,
  customers: readonly Customer[],
  { day, date }: { day: number; date: string },
): Generator<Row> {
  const cast = castOf(`${size.seed} ${day}`, customers)
  const count = rowsOfDays(size)[day] ?? 0
  for (let index = 0; index < count; index++) {
    if (cast.chance.happens(WRONG_PERCENT)) yield wrongRow(cast, date, index)
    else yield rightRow(cast, date, index)
  }
}

function rightRow(cast: Cast, date: string, index: number): Row {
  const { chance } = cast
  const kind = chance.pick(KINDS_OF_100)
  const currency = chance.pick(CURRENCIES)
  const { business_event, more = {} } = kind
  if (kind === EXCHANGE) return rowOf(cast, { date, index, business_event, ...exchanged(cast, currency) }, undefined)
  const amount_cents = someCents(chance)
  const payer = cast.customer('usual', currency)
  const sideFor = (party: Party): Side =>
    party === 'payer' ? payer : party === 'payee' ? someoneElse(cast, payer, currency) : party
  const legs = kind.legs.map(([debit, credit]) => {
    return { debit: sideFor(debit), credit: sideFor(credit), amount_cents, currency }
  })
  return rowOf(cast, { date, index, business_event, legs, more }, undefined)
}

/** Half of them have a leg before the wrong one with which nothing is wrong. */
function wrongRow(cast: Cast, date: string, index: number): Row {
  const { chance, customer } = cast
  const currency = chance.pick(CURRENCIES)
  const refusal = chance.pick(Object.keys(WRONGS))
  const debit = customer('usual', currency)
  const good: Leg = { debit, credit: someoneElse(cast, debit, currency), amount_cents: someCents(chance), currency }
  const wrong: Leg = { ...good, ...WRONGS[refusal]?.(good, cast) }
  const legs = chance.happens(50) ? [good, wrong] : [wrong]
  return rowOf(cast, { date, index, business_event: 'TRANSFER', legs, more: {} }, refusal)
}

function exchanged({ chance, customer }: Cast, sell_currency: string): { legs: Leg[]; more: object } {
  const { buy_currency, rate, sold, bought } = EXCHANGES[sell_currency] as (typeof EXCHANGES)[string]
  const times = someCents(chance)
  const payer = customer('usual', sell_currency)
  const legs = [
    { debit: payer, credit: POSITION, amount_cents: times * sold, currency: sell_currency },
    { debit: POSITION, credit: NOSTRO, amount_cents: times * bought, currency: buy_currency },
  ]
  return { legs, more: { exchange: { sell_currency, buy_currency, rate } } }
}

function someoneElse({ customer }: Cast, { named }: Side, currency: string): Side {
  for (;;) {
    const other = customer('usual', currency)
    if (other.named !== named) return other
  }
}

/** Small amounts are more frequent than large ones. */
function someCents(chance: Chance): number {
  return chance.between(1, 10 ** chance.between(1, LARGEST_POWER_OF_TEN))
}

interface Draft {
  date: string
  /** Of the day's rows; an id of a transaction is made of both. */
  index: number
  business_event: string
  legs: readonly Leg[]
  more: object
}

function rowOf(cast: Cast, { date, index, business_event, legs, more }: Draft, refusal: string | undefined): Row {
  const { chance, idAt } = cast
  const transaction_id = idAt(Date.parse(date) + index)
  const [{ currency }] = legs as [Leg]
  const value_date = valueDate(chance, date)
  const body = {
    ...{ transaction_id, step: 'post', business_event, reference: `IMP-${date}/${index}`, currency, ...more },
    description: `${business_event.toLowerCase().replaceAll('_', ' ')}, order ${chance.between(1, 999_999)}`,
    postings: legs.map((leg) => ({
      ...{ debit: leg.debit.named, credit: leg.credit.named, amount_cents: leg.amount_cents },
      ...(leg.currency === currency ? {} : { currency: leg.currency }),
    })),
    ...(value_date === date ? {} : { value_date }),
    ...(chance.happens(40) ? { metadata: { channel: chance.pick(['branch', 'web', 'file']), batch: date } } : {}),
  }
  return { transaction_id, line: JSON.stringify(body), refusal, value_date, legs }
}

function valueDate(chance: Chance, date: string): string {
  if (chance.happens(LONG_BEFORE_PERCENT)) return dayFrom(date, chance.between(-90, -4))
  return chance.happens(OTHER_VALUE_DATE_PERCENT) ? dayFrom(date, chance.between(-3, 3)) : date
}

function dayFrom(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
