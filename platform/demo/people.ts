import { type Chance, chanceOf } from './random.ts'

/** How somebody lives: what comes in, what goes out. */
export type Persona = 'EMPLOYEE' | 'STUDENT' | 'FREELANCER' | 'PENSIONER' | 'LANDLORD' | 'SHOP'

/** How the bank's relation with somebody stands. */
export type Standing = 'CUSTOMER' | 'WAITS_FOR_KYC' | 'REJECTED' | 'FROZEN'

/** One customer of the demo bank. Amounts in hundredths of a euro. */
export interface Person {
  number: number
  email: string
  first_name: string
  last_name: string
  date_of_birth: string
  phone: string
  street: string
  postal_code: string
  town: string
  country: string
  persona: Persona
  standing: Standing
  /** Days after the bank's birth on which he comes. */
  joins_on_day: number
  income: number
  rent: number
  payday: number
  saves: boolean
  /** Numbers of those he sends money to now and then. */
  friends: readonly number[]
}

export const DEMO_SEED = 'bankflow'
export const LANDLORD = 3
export const SHOP = 4

const NAMES = [
  ['Casey', 'Customer'],
  ['Charlie', 'Customer'],
  ['Lena', 'Landlord'],
  ['Sam', 'Shopkeeper'],
  ['Ada', 'Brook'],
  ['Bruno', 'Castle'],
  ['Clara', 'Dale'],
  ['David', 'Elm'],
  ['Elif', 'Forest'],
  ['Filipe', 'Garden'],
  ['Greta', 'Harbour'],
  ['Hugo', 'Island'],
  ['Inês', 'Jasmin'],
  ['Jakub', 'Kiln'],
  ['Katarína', 'Lake'],
  ['Lars', 'Meadow'],
  ['Mónica', 'North'],
  ['Nikos', 'Orchard'],
  ['Olga', 'Pine'],
  ['Pavel', 'Quarry'],
  ['Quentin', 'River'],
  ['Rosa', 'Stone'],
  ['Søren', 'Tower'],
  ['Tereza', 'Underhill'],
  ['Uwe', 'Valley'],
  ['Vera', 'Wood'],
  ['Wim', 'Yard'],
] as const
const TOWNS = [
  ['Lisboa', '1100-148', 'PT'],
  ['Porto', '4000-322', 'PT'],
  ['Berlin', '10115', 'DE'],
  ['Dublin', 'D02 X285', 'IE'],
  ['Wien', '1010', 'AT'],
] as const
const STREETS = ['High Street', 'Mill Lane', 'Station Road', 'Church Square', 'Park Avenue', 'River Walk'] as const

/** How many customers the demo bank has. */
export const DEMO_PEOPLE: number = NAMES.length

/** Everybody of the demo bank, from the seed; the same seed gives the same people. */
export function demoPeople(seed: string = DEMO_SEED): Person[] {
  return NAMES.map(([first_name, last_name], i) => {
    const number = i + 1
    const chance = chanceOf(`${seed} person ${number}`)
    const persona = personaOf(number)
    const [town, postal_code, country] = chance.pick(TOWNS)
    return {
      number,
      email: `customer${number}@demo.bankflow.test`,
      first_name,
      last_name,
      date_of_birth: birthdayOf(persona, chance),
      phone: `+35191${String(2_000_000 + number * 1_117).padStart(7, '0')}`,
      street: `${chance.pick(STREETS)} ${chance.between(1, 120)}`,
      postal_code,
      town,
      country,
      persona,
      standing: standingOf(number),
      joins_on_day: joiningDayOf(number, chance),
      ...livingOf(persona, chance),
      friends: friendsOf(number, chance),
    }
  })
}

function personaOf(number: number): Persona {
  if (number === LANDLORD) return 'LANDLORD'
  if (number === SHOP) return 'SHOP'
  const others = ['EMPLOYEE', 'EMPLOYEE', 'STUDENT', 'EMPLOYEE', 'FREELANCER', 'PENSIONER'] as const
  return number <= 2 ? 'EMPLOYEE' : (others[number % others.length] as Persona)
}

function standingOf(number: number): Standing {
  if (number === DEMO_PEOPLE) return 'WAITS_FOR_KYC'
  if (number === DEMO_PEOPLE - 1) return 'REJECTED'
  return number === DEMO_PEOPLE - 2 ? 'FROZEN' : 'CUSTOMER'
}

/** Half of them are there within a month; the last two came lately. */
function joiningDayOf(number: number, chance: Chance): number {
  if (number <= SHOP) return 0
  if (number >= DEMO_PEOPLE - 1) return 362
  return number % 2 === 0 ? chance.between(0, 25) : chance.between(5, 240)
}

function birthdayOf(persona: Persona, chance: Chance): string {
  const age = { STUDENT: [19, 26], PENSIONER: [66, 84] }[persona as string] ?? [27, 60]
  const year = 2025 - chance.between(age[0] as number, age[1] as number)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${year}-${two(chance.between(1, 12))}-${two(chance.between(1, 28))}`
}

function livingOf(persona: Persona, chance: Chance): Pick<Person, 'income' | 'rent' | 'payday' | 'saves'> {
  const payday = chance.between(25, 28)
  switch (persona) {
    case 'EMPLOYEE':
      return { income: chance.between(210_000, 460_000), rent: chance.between(65_000, 120_000), payday, saves: true }
    case 'STUDENT':
      return { income: chance.between(70_000, 95_000), rent: chance.between(28_000, 36_000), payday: 2, saves: false }
    case 'FREELANCER':
      return { income: chance.between(120_000, 380_000), rent: chance.between(55_000, 90_000), payday, saves: true }
    case 'PENSIONER':
      return { income: chance.between(110_000, 190_000), rent: chance.between(35_000, 55_000), payday: 1, saves: true }
    case 'LANDLORD':
    case 'SHOP':
      return { income: 0, rent: 0, payday, saves: true }
    default:
      throw new Error(`nobody lives as ${persona satisfies never}`)
  }
}

function friendsOf(number: number, chance: Chance): number[] {
  if (number === 1) return [2, 6, 8]
  if (number === 2) return [1, 10]
  const last = DEMO_PEOPLE - 3
  return [chance.between(1, last), chance.between(1, last)].filter((friend) => friend !== number)
}
