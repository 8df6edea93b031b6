import { isoDate } from '#libs/clock/clock.ts'
import { CONFORMANCE_USER } from '#services/identity-service/src/domain/conformance.ts'
import { makeDemoCustomers } from '#services/identity-service/src/seed.ts'
import type { Bank } from './bank.ts'
import { actorsOf } from './demo/acting.ts'
import { carryOut } from './demo/carry-out.ts'
import { castOf } from './demo/cast.ts'
import { demoPeople } from './demo/people.ts'

const MONEY_CENTS = 1_000_000

/**
 * The customer that a conformance suite signs in as, with an account and money on it; made at the first start. His second factor is published
 * (BANKFLOW_CONFORMANCE_CODE), so nothing but this profile has him.
 */
export async function seedConformance(bank: Bank, say: (line: string) => void): Promise<void> {
  const [somebody] = demoPeople()
  if (somebody === undefined) throw new Error('the demo bank has nobody')
  const person = { ...somebody, number: 1, email: CONFORMANCE_USER, first_name: 'Connie', last_name: 'Formance' }
  const made = await makeDemoCustomers(bank.openingOf('identity-service'), [person])
  if (made === 0) return
  const actors = actorsOf(bank)
  const stage = {
    actors,
    cast: await castOf(actors, [person]),
    reach: async () => {},
    refused: (_act: unknown, code: string) => {
      throw new Error(`the bank refused the conformance user: ${code}`)
    },
  }
  const date = isoDate(bank.clock.wall.now())
  const act = (kind: 'JOIN' | 'APPROVE_KYC') => ({ key: `conformance-${kind.toLowerCase()}`, person: 1, kind })
  await carryOut(stage, {
    index: 0,
    date,
    acts: [
      act('JOIN'),
      act('APPROVE_KYC'),
      {
        key: 'conformance-money',
        person: 1,
        kind: 'CASH_IN',
        amount_cents: MONEY_CENTS,
        description: 'To be seen by the suite',
      },
    ],
  })
  say(`conformance user: ${CONFORMANCE_USER}`)
}
