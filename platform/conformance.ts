import { confirmTotp, enrolTotp } from '#contracts/api/identity.ts'
import { isoDate } from '#libs/clock/clock.ts'
import type { Caller } from '#libs/contract/client.ts'
import { CONFORMANCE_USER } from '#services/identity-service/src/domain/conformance.ts'
import { DEMO_PASSWORD, makeDemoCustomers } from '#services/identity-service/src/seed.ts'
import { totpCode } from '#services/identity-service/src/totp.ts'
import type { Bank } from './bank.ts'
import { type Actors, actorsOf } from './demo/acting.ts'
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
  const cast = await castOf(actors, [person])
  const stage = {
    actors,
    cast,
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
  await enrol(actors, cast.callerOf(1), bank.clock.wall.now())
  say(`conformance user: ${CONFORMANCE_USER}`)
}

/** An authenticator: of codes that are mailed, which are few within an hour, a suite would run out. */
async function enrol(actors: Actors, caller: Caller, now: Date): Promise<void> {
  const { factor_id, secret } = await actors.as(caller, enrolTotp, { body: { password: DEMO_PASSWORD } })
  await actors.as(caller, confirmTotp, { body: { factor_id, code: totpCode(secret, now) } })
}
