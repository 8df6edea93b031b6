import { transferMoney } from '#contracts/api/transaction.ts'
import type { ScaGround } from '#contracts/enums.ts'
import type { StepUpProof } from '#libs/contract/client.ts'
import { spendProofs, stepUpRequired, USED } from '#libs/http/step-up.ts'
import type { Id } from '#libs/ids/ids.ts'
import { Problem, unreachable } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import {
  aboveLowValue,
  type Counter,
  countLowValue,
  groundOf,
  hasCounters,
  hundredthsOf,
  isNextOfSeries,
  NOTHING_COUNTED,
  type Payment,
  type ScaPolicy,
  type ScaReason,
  seriesBefore,
} from '../domain/sca.ts'
import { problems } from '../problems.ts'
import { addToCounters, beginSeries, type PaymentKey, seriesKey, setCounters, takeConsents, takeSeries } from './sca.ts'

/** A transfer that wants to begin, and with what its payer stands behind it. */
export interface ScaWish {
  readonly transaction_id: Id
  readonly payment: Payment
  readonly policy: ScaPolicy
  /** The proof that confirms exactly this transfer. */
  readonly proof: StepUpProof | null
  /** The consent of a third party's token. */
  readonly consent_id: Id | null
}

/** Why a transfer may begin, and by which version of the policy. */
export interface ScaDecision {
  readonly sca: ScaGround
  readonly sca_policy: number
}

/** A batch on its way from what is known before the locks to what is written. */
interface Deciding {
  readonly counters: Map<Id, Counter>
  readonly unspent: Set<string>
  readonly consented: ReadonlySet<Id>
  /** Confirmed payments, and those that want to be the next of a series, each series once. */
  readonly begun: Map<string, PaymentKey>
  readonly next: Map<string, PaymentKey>
}

type Tentative = ScaGround | { problem: Problem }

/**
 * Decides for a batch of transfers why each may begin, or refuses it with STEP_UP_REQUIRED or CONSENT_USED. Proofs and consents are used up,
 * counters moved and series remembered in the transfers' own transaction: one statement where nothing is confirmed, none where the policy
 * keeps no counters. Members of one customer are decided in their order.
 */
export async function decideSca(tx: Tx, wishes: readonly ScaWish[], now: Date): Promise<(ScaDecision | Problem)[]> {
  const grounds = wishes.map(({ payment, policy }) => groundOf(payment, policy))
  const added = addedBy(wishes, grounds, now)
  const [unspent, consented, counted] = await Promise.all([
    spendProofs(tx, proofsOf(wishes, grounds), now),
    takeConsents(tx, consentsOf(wishes), now),
    addToCounters(tx, added),
  ])
  const deciding: Deciding = {
    ...{ counters: before(counted, added), unspent: new Set(unspent), consented, begun: new Map(), next: new Map() },
  }
  const tentative = wishes.map((wish, i) => decideOne(wish, grounds[i], deciding, now))
  const [policy] = wishes.map((wish) => wish.policy)
  const since = policy === undefined ? null : seriesBefore(policy, now)
  const taken = since === null ? new Set<string>() : await takeSeries(tx, deciding.next, { before: since, now })
  await Promise.all([beginSeries(tx, deciding.begun, now), setCounters(tx, changed(deciding.counters, counted))])
  return wishes.map(({ payment, policy: { version } }, i) => {
    const one = tentative[i] as Tentative
    if (typeof one === 'object') return one.problem
    if (one === 'RECURRING' && !taken.has(seriesKey(payment))) return confirmFirst('ABOVE_LOW_VALUE')
    return { sca: one, sca_policy: version }
  })
}

function proofsOf(wishes: readonly ScaWish[], grounds: readonly (ScaGround | undefined)[]): string[] {
  return wishes.flatMap(({ proof }, i) => (grounds[i] === 'PROVED' && proof !== null ? [proof.proof_id] : []))
}

function consentsOf(wishes: readonly ScaWish[]): { consent_id: Id; transaction_id: Id }[] {
  return wishes.flatMap(({ consent_id, transaction_id }) =>
    consent_id === null ? [] : [{ consent_id, transaction_id }],
  )
}

/**
 * What counters get before anything is decided: all that could be of low value. Customers whose counters may end at zero, or whose series
 * may move, get nothing added, and are locked by it.
 */
function addedBy(
  wishes: readonly ScaWish[],
  grounds: readonly (ScaGround | undefined)[],
  now: Date,
): ReadonlyMap<Id, Counter> {
  const added = new Map<Id, Counter>()
  for (const [i, { payment, policy }] of wishes.entries()) {
    const ground = grounds[i]
    const isCounted = ground === undefined && hasCounters(policy) && aboveLowValue(payment, policy) === undefined
    const isLocked = ground === 'PROVED' || ground === 'CONSENT' || isNextOfSeries(payment, policy, now)
    if (!isCounted && !isLocked) continue
    const counter = added.get(payment.customer_id) ?? NOTHING_COUNTED
    added.set(payment.customer_id, isCounted ? plus(counter, payment) : counter)
  }
  return added
}

function plus({ payment_count, total_hundredths }: Counter, { amount_cents, currency }: Payment): Counter {
  return {
    payment_count: payment_count + 1,
    total_hundredths: total_hundredths + hundredthsOf(amount_cents, currency),
  }
}

function before(counted: ReadonlyMap<Id, Counter>, added: ReadonlyMap<Id, Counter>): Map<Id, Counter> {
  return new Map(
    [...counted].map(([customer_id, { payment_count, total_hundredths }]) => {
      const more = added.get(customer_id) ?? NOTHING_COUNTED
      const counter = {
        payment_count: payment_count - more.payment_count,
        total_hundredths: total_hundredths - more.total_hundredths,
      }
      return [customer_id, counter]
    }),
  )
}

function changed(after: ReadonlyMap<Id, Counter>, counted: ReadonlyMap<Id, Counter>): Map<Id, Counter> {
  return new Map(
    [...after].filter(([customer_id, { payment_count, total_hundredths }]) => {
      const written = counted.get(customer_id)
      return written?.payment_count !== payment_count || written.total_hundredths !== total_hundredths
    }),
  )
}

/** Decides one member over the state that those before it left. */
function decideOne(wish: ScaWish, ground: ScaGround | undefined, deciding: Deciding, now: Date): Tentative {
  const { payment, transaction_id, proof } = wish
  switch (ground) {
    case 'PROVED':
      // Twins in one batch come with one proof: it is the first one's.
      if (!deciding.unspent.delete(proof?.proof_id ?? ''))
        return { problem: stepUpRequired(transferMoney, { detail: USED }) }
      return confirmed(payment, ground, deciding)
    case 'CONSENT':
      if (!deciding.consented.has(transaction_id)) return { problem: new Problem(problems.CONSENT_USED) }
      return confirmed(payment, ground, deciding)
    case 'API_KEY':
    case 'OWN_ACCOUNTS':
    case 'TRUSTED_PAYEE':
      return ground
    case undefined:
      return decideByAmount(wish, deciding, now)
    case 'LOW_VALUE':
    case 'RECURRING':
      throw new Error(`invariant broken: ${ground} is decided by its counters`)
    default:
      return unreachable(ground)
  }
}

/** A confirmation begins the counters anew (article 16) and makes the payee a known one. */
function confirmed(payment: Payment, ground: ScaGround, { counters, begun }: Deciding): ScaGround {
  counters.set(payment.customer_id, NOTHING_COUNTED)
  begun.set(seriesKey(payment), payment)
  return ground
}

function decideByAmount({ payment, policy }: ScaWish, { counters, next, begun }: Deciding, now: Date): Tentative {
  const above = aboveLowValue(payment, policy)
  const counter = counters.get(payment.customer_id) ?? NOTHING_COUNTED
  const counted = above ?? (hasCounters(policy) ? countLowValue(counter, payment, policy) : counter)
  if (typeof counted === 'object') {
    if (hasCounters(policy)) counters.set(payment.customer_id, counted)
    return 'LOW_VALUE'
  }
  const key = seriesKey(payment)
  if (!isNextOfSeries(payment, policy, now) || next.has(key) || begun.has(key))
    return { problem: confirmFirst(counted) }
  next.set(key, payment)
  return 'RECURRING'
}

/** The refusal of a payment that has to be confirmed first. */
function confirmFirst(reason: ScaReason): Problem {
  return stepUpRequired(transferMoney, { extra: { reason } })
}
