import { listAccounts } from '#contracts/api/account.ts'
import { listUsers } from '#contracts/api/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { type Actors, personCaller } from './acting.ts'
import type { Purse } from './acts.ts'
import type { Person } from './people.ts'

/** Staff of the sandbox who take part in the history. */
export interface Staff {
  teller: Caller
  officer: Caller
  operator: Caller
}

export interface OwnAccount {
  account_id: string
  account_number: string
  status: string
}

/** Everybody who acts, and whose account is which. */
export interface Cast {
  staff: Staff
  callerOf(number: number): Caller
  personOf(number: number): Person
  /** An account of a person, or undefined while there is none of that kind. */
  accountOf(number: number, purse: Purse): Promise<OwnAccount | undefined>
}

/** Looks everybody up by address; throws when somebody has no sign-in. */
export async function castOf(actors: Actors, people: readonly Person[]): Promise<Cast> {
  const looking = personCaller(newId(), null, ['admin'])
  const callerBy = async (email: string): Promise<Caller> => {
    const { items } = await actors.as(looking, listUsers, { query: { email } })
    const user = items[0]
    if (user === undefined) throw new Error('the demo bank has no sign-in for one of its people')
    return personCaller(user.user_id, user.customer_id, user.roles)
  }
  const [teller, officer, operator] = await Promise.all(
    ['teller', 'officer', 'operator'].map((name) => callerBy(`${name}@demo.bankflow.test`)),
  )
  const callers = new Map<number, Caller>()
  for (const person of people) callers.set(person.number, await callerBy(person.email))
  const callerOf = (number: number): Caller => callers.get(number) as Caller
  return {
    staff: { teller, officer, operator } as Staff,
    callerOf,
    personOf: (number) => people[number - 1] as Person,
    accountOf: accountFinder(actors, callerOf),
  }
}

/** An account that is in use is asked for once; one that waits is asked for again. */
function accountFinder(actors: Actors, callerOf: (number: number) => Caller): Cast['accountOf'] {
  const known = new Map<string, OwnAccount>()
  return async (number, purse) => {
    const found = known.get(`${number} ${purse}`)
    if (found !== undefined) return found
    const { items } = await actors.as(callerOf(number), listAccounts, { query: {} })
    const own = items.filter((item) => item.customer_id === callerOf(number).customer_id)
    const type = purse === 'main' ? 'CHECKING' : 'SAVINGS'
    const account = own.find((item) => item.account_type === type)
    if (account?.status === 'ACTIVE') known.set(`${number} ${purse}`, account)
    return account
  }
}
