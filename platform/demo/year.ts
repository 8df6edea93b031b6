import type { Act, Day, Purse } from './acts.ts'
import { DEMO_PEOPLE, LANDLORD, type Person, SHOP } from './people.ts'
import { type Chance, chanceOf } from './random.ts'

const DAY_MS = 86_400_000
const JOINT_DAY = 40
const DELEGATE_DAY = 75
const FREEZE_DAY = 330
/** The one transfer of the year that a second person has to approve. */
const KITCHEN_DAY = 200
/** Nobody goes below this by his own doing, in cents. */
const RESERVE = 2_000
/** Below the daily limit of an everyday account. */
const MOST_SAVED = 950_000

const SHOPS = [
  ['Corner Market', 'groceries', 900, 7_500],
  ['Green Basket', 'groceries', 1_200, 9_900],
  ['Bakery on the Square', 'groceries', 250, 1_400],
  ['City Transit', 'transport', 200, 4_000],
  ['Petrol & Charge', 'transport', 2_500, 8_000],
  ['Trattoria Da Vinci', 'restaurants', 1_500, 8_500],
  ['Noodle House', 'restaurants', 900, 3_200],
  ['Paper & Ink Books', 'leisure', 800, 4_500],
  ['Cinema Lumen', 'leisure', 900, 2_600],
  ['Pharmacy Central', 'health', 400, 6_000],
  ['Thread & Co', 'clothing', 1_900, 14_000],
  ['Gadget Garage', 'electronics', 2_500, 39_000],
] as const
const MONTHLY = [
  [5, 'Power and Light', 'utilities', 4_200, 11_500],
  [8, 'Fibre One', 'utilities', 2_999, 2_999],
  [12, 'Tunewave subscription', 'leisure', 1_099, 1_099],
  [15, 'Harbour Mutual insurance', 'insurance', 2_450, 8_900],
] as const
const REASONS = ['Dinner', 'Concert tickets', 'Birthday present', 'Holiday share', 'Lunch', 'Thanks!', 'Taxi'] as const

/** What somebody has, as far as the year knows: interest is not counted, so it is never more than he really has. */
interface Tally {
  main: number
  savings: number
  hasSavings: boolean
}

/**
 * Every day of the demo bank, from its first on, `days` of them. Pure: the same people, seed and first day give the same year. A day has no
 * acts of people who have not joined, and nobody spends what he does not have.
 */
export function* daysOf(people: readonly Person[], seed: string, firstDay: string, days: number): Generator<Day> {
  const tallies = new Map<number, Tally>()
  for (let index = 0; index < days; index++) {
    const at = new Date(Date.parse(`${firstDay}T00:00:00Z`) + index * DAY_MS)
    const date = at.toISOString().slice(0, 10)
    const acts: Act[] = []
    for (const person of people) {
      const life: Life = { person, date, index, chance: chanceOf(`${seed} ${date} ${person.number}`), tallies, acts }
      live(life, at)
    }
    yield { index, date, acts: acts.map((act, i) => ({ ...act, key: `demo-${date}-${i}` })) }
  }
}

interface Life {
  person: Person
  date: string
  index: number
  chance: Chance
  tallies: Map<number, Tally>
  acts: Act[]
}

type NewAct = Act extends infer One ? (One extends Act ? Omit<One, 'key' | 'person'> : never) : never

function act(life: Life, what: NewAct): void {
  life.acts.push({ key: '', person: life.person.number, ...what } as Act)
}

function live(life: Life, at: Date): void {
  const { person, index } = life
  const days = index - person.joins_on_day
  if (days === 0) act(life, { kind: 'JOIN' })
  if (days <= 0 || person.standing === 'WAITS_FOR_KYC') return
  if (person.standing === 'REJECTED') {
    if (days === 1) act(life, { kind: 'REJECT_KYC' })
  } else if (days === 1) begin(life)
  else if (person.standing !== 'FROZEN' || index < FREEZE_DAY) goOn(life, at)
  else if (index === FREEZE_DAY) act(life, { kind: 'FREEZE' })
}

function goOn(life: Life, at: Date): void {
  earn(life, at)
  settle(life, at)
  spend(life, at)
  save(life, at)
  meet(life, at)
  special(life)
}

/** Approved: the account is active, and the first money comes over the counter. */
function begin(life: Life): void {
  const { person, chance, tallies } = life
  tallies.set(person.number, { main: 0, savings: 0, hasSavings: false })
  act(life, { kind: 'APPROVE_KYC' })
  if (person.saves) {
    act(life, { kind: 'OPEN_SAVINGS' })
    tallyOf(life).hasSavings = true
  }
  const business = person.persona === 'LANDLORD' || person.persona === 'SHOP'
  const amount_cents = business ? 500_000 : chance.between(30, 220) * 1_000
  receive(life, amount_cents)
  act(life, { kind: 'CASH_IN', amount_cents, description: 'Opening deposit' })
}

function earn(life: Life, at: Date): void {
  const { person, chance } = life
  const day = at.getUTCDate()
  const income = (amount_cents: number, description: string): void => {
    receive(life, amount_cents)
    act(life, { kind: 'INCOME', amount_cents, description, category: 'income' })
  }
  if (person.persona === 'FREELANCER') {
    if (chance.happens(9))
      income(chance.between(20_000, Math.max(30_000, person.income / 2)), `Invoice ${chance.between(100, 999)}`)
  } else if (person.income > 0 && day === person.payday) {
    const what = { PENSIONER: 'Pension', STUDENT: 'Grant' }[person.persona as string] ?? 'Salary'
    income(person.income, what)
  }
  if (person.persona === 'SHOP' && at.getUTCDay() === 1) {
    const amount_cents = chance.between(90_000, 240_000)
    receive(life, amount_cents)
    act(life, { kind: 'CASH_IN', amount_cents, description: 'Takings of the week' })
  }
}

function settle(life: Life, at: Date): void {
  const { person, chance } = life
  const day = at.getUTCDate()
  if (person.rent > 0 && day === 3) transfer(life, person.rent, LANDLORD, 'Rent', true)
  if (person.persona === 'SHOP' && day === 2) transfer(life, 110_000, LANDLORD, 'Rent of the shop', true)
  for (const [due, description, category, low, high] of MONTHLY)
    if (day === due && (due === 5 || person.number % 3 !== due % 3))
      pay(life, chance.between(low, high), description, category)
}

function spend(life: Life, at: Date): void {
  const { person, chance } = life
  const weekend = at.getUTCDay() % 6 === 0
  const percent = { STUDENT: 22, PENSIONER: 24, LANDLORD: 14, SHOP: 12 }[person.persona as string] ?? 30
  if (chance.happens(weekend ? percent + 12 : percent)) {
    const [description, category, low, high] = chance.pick(SHOPS)
    pay(life, chance.between(low, high), description, category)
  }
  if (chance.happens(3)) takeOut(life, chance.between(2, 12) * 1_000)
}

function save(life: Life, at: Date): void {
  const { person } = life
  const tally = tallyOf(life)
  if (!tally.hasSavings || at.getUTCDate() !== (person.payday % 28) + 1) return
  const amount_cents = Math.min(MOST_SAVED, Math.floor((tally.main - 40_000) / 4 / 1_000) * 1_000)
  if (amount_cents < 2_000) return
  tally.main -= amount_cents
  tally.savings += amount_cents
  act(life, {
    kind: 'TRANSFER',
    amount_cents,
    from: 'main',
    to: person.number,
    to_purse: 'savings',
    description: 'Savings',
    remembers: false,
  })
}

function meet(life: Life, at: Date): void {
  const { person, chance } = life
  if (!chance.happens(at.getUTCDay() === 5 ? 12 : 5)) return
  const friend = chance.happens(20) ? SHOP : chance.pick([...person.friends, LANDLORD])
  if (friend === LANDLORD || friend === person.number) return
  transfer(life, chance.between(5, 90) * 100, friend, chance.pick(REASONS), false)
}

/** What happens once in the year. */
function special(life: Life): void {
  const { person, index } = life
  if (person.number === 1 && index === JOINT_DAY) act(life, { kind: 'SHARE', with: 2, relation: 'JOINT' })
  if (person.number === 8 && index === DELEGATE_DAY) act(life, { kind: 'SHARE', with: 6, relation: 'DELEGATE' })
  if (person.number === LANDLORD && index === KITCHEN_DAY) transfer(life, 600_000, SHOP, 'New kitchen', true)
}

function transfer(life: Life, amount_cents: number, to: number, description: string, remembers: boolean): void {
  const { person, tallies } = life
  const payee = tallies.get(to)
  const tally = tallyOf(life)
  if (payee === undefined || to === person.number || to > DEMO_PEOPLE - 3) return
  if (tally.main - amount_cents < RESERVE) return
  tally.main -= amount_cents
  payee.main += amount_cents
  const purse: Purse = 'main'
  act(life, { kind: 'TRANSFER', amount_cents, from: purse, to, to_purse: purse, description, remembers })
}

function pay(life: Life, amount_cents: number, description: string, category: string): void {
  if (tallyOf(life).main - amount_cents < RESERVE) return
  tallyOf(life).main -= amount_cents
  act(life, { kind: 'SPENDING', amount_cents, description, category })
}

function takeOut(life: Life, amount_cents: number): void {
  if (tallyOf(life).main - amount_cents < RESERVE) return
  tallyOf(life).main -= amount_cents
  act(life, { kind: 'CASH_OUT', amount_cents, description: 'Cash' })
}

function receive(life: Life, amount_cents: number): void {
  tallyOf(life).main += amount_cents
}

function tallyOf({ person, tallies }: Life): Tally {
  const tally = tallies.get(person.number)
  if (tally === undefined) throw new Error(`person ${person.number} has no account yet`)
  return tally
}
