import type { transferMoney } from '#contracts/api/transaction.ts'
import type { Member } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from './config.ts'
import { type AccountFacts, decideTransfer, type KnownAccounts } from './domain/accounts.ts'
import { decideConsent } from './domain/consents.ts'
import { hundredthsOf, isHeldByTheSame, type Payment, type ScaPolicy } from './domain/sca.ts'
import { problems } from './problems.ts'
import { type Standing, standingsOf } from './store/sca.ts'

type Wished = Pick<Member<typeof transferMoney>, 'input' | 'caller'>
type Sides = { source: AccountFacts; destination: AccountFacts }

/** A transfer that may move, and what is known of it before the locks. */
export interface AskedTransfer extends Sides {
  payment: Omit<Payment, 'isProved'>
  policy: ScaPolicy
  consent_id: string | null
}

/**
 * What is known of each transfer of a batch, or why it may not begin: its accounts, the consent that it must be, and how it stands by the policy.
 * The writing database is asked: what a payer ended a moment ago is ended.
 */
export async function askedFor(
  members: readonly Wished[],
  known: KnownAccounts,
  own: Pick<Own, 'database' | 'policy' | 'exempts_new_devices'>,
  now: Date,
): Promise<(AskedTransfer | Problem)[]> {
  const allowed = members.map(({ input: { body }, caller: { grant } }): (Sides & { consent_id?: string }) | Problem => {
    const sides = decideTransfer(body, known)
    if (sides instanceof Problem || grant?.kind !== 'third_party') return sides
    const consent = decideConsent(body, sides.destination, grant)
    return consent instanceof Problem ? consent : { ...sides, ...consent }
  })
  const keys = members.flatMap(({ input: { body }, caller }, i) => {
    const sides = allowed[i] as Sides | Problem
    return sides instanceof Problem ? [] : [{ ...sidesOf(body, sides), customer_id: caller.customer_id as string }]
  })
  const standings = (await standingsOf(own.database.app, keys, own.policy)).values()
  const each = keys.values()
  return allowed.map((sides, i) => {
    if (sides instanceof Problem) return sides
    const key = each.next().value as (typeof keys)[number]
    const { policy, ...standing } = standings.next().value as Standing
    const { caller } = members[i] as Wished
    const grant = caller.grant?.kind ?? null
    const isNewDevice = !own.exempts_new_devices && (caller.cooling_until ?? 0) * 1000 > now.getTime()
    const { source, destination } = sides
    if (grant === 'api_key' && hundredthsOf(key.amount_cents, key.currency) > BigInt(policy.api_key_hundredths))
      return new Problem(problems.KEY_ABOVE_POLICY)
    const payment = { ...key, ...standing, grant, isNewDevice, isOwn: isHeldByTheSame(source, destination) }
    return { source, destination, payment, policy, consent_id: sides.consent_id ?? null }
  })
}

function sidesOf(
  { amount_cents, currency }: { amount_cents: bigint; currency: string },
  { destination }: Sides,
): Pick<Payment, 'payee_account_id' | 'amount_cents' | 'currency'> {
  return { payee_account_id: destination.account_id, amount_cents, currency }
}
