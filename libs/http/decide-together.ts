import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { isConnectionLost, type Tx } from '#libs/sql/database.ts'
import { type Batched, KeysTaken, type Pending } from './batched.ts'
import type { Fate, SharedFate } from './executor.ts'
import { inBatch } from './operation-span.ts'
import { refusalOf } from './problem-reply.ts'
import { answerReplays } from './replay-batched.ts'

/** How often keys may be taken by somebody else between looking and claiming. */
const MOST_ROUNDS = 4

/** One of them was refused, so none is done: the transaction is rolled back. */
class Undone extends Error {
  readonly fates: readonly Fate[]
  constructor(fates: readonly Fate[]) {
    super('a member was refused, so all are undone')
    this.fates = fates
  }
}

/**
 * Decides members of which all are done, or none: in one transaction. Those whose key stands for what was done before stay as they are. Nothing is
 * remembered of a refusal, so that all may be sent again. Throws what is not a refusal.
 */
export async function decideTogether(
  batched: Batched,
  members: readonly Pending[],
  decide: (tx: Tx, members: readonly Pending[]) => Promise<Fate[]>,
): Promise<SharedFate[]> {
  return inBatch(batched.contract, batched.host, members, async () => {
    for (let round = 1; ; round++) {
      try {
        return await decideRound(batched, members, decide)
      } catch (error) {
        if (error instanceof KeysTaken && round < MOST_ROUNDS) continue
        const problem = refusalOf(error, batched.host.constraints)
        if (problem !== undefined) return members.map((_, i) => (i === 0 ? { error: problem } : 'undone'))
        throw error
      }
    }
  })
}

async function decideRound(
  batched: Batched,
  members: readonly Pending[],
  decide: (tx: Tx, members: readonly Pending[]) => Promise<Fate[]>,
): Promise<SharedFate[]> {
  const fates = new Map<Pending, Fate>()
  const twins = answerTwins(members, fates)
  const leaders = members.filter((member) => !twins.has(member))
  await answerReplays(batched, leaders, fates)
  const fresh = leaders.filter((member) => !fates.has(member))
  if (fates.values().some((fate) => 'error' in fate)) return shared(members, fates, twins)
  try {
    const decided = await decideFresh(batched, fresh, decide)
    for (const [i, member] of fresh.entries()) fates.set(member, decided[i] as Fate)
  } catch (error) {
    if (error instanceof Undone) {
      for (const [i, member] of fresh.entries())
        if ('error' in (error.fates[i] as Fate)) fates.set(member, error.fates[i] as Fate)
    } else {
      if (!isConnectionLost(error)) throw error
      // Whether it was committed is told by the keys: all are there, or none.
      await answerReplays(batched, fresh, fates)
      if (fresh.some((member) => !fates.has(member))) throw error
    }
  }
  return shared(members, fates, twins)
}

async function decideFresh(
  { host }: Batched,
  fresh: readonly Pending[],
  decide: (tx: Tx, members: readonly Pending[]) => Promise<Fate[]>,
): Promise<readonly Fate[]> {
  if (fresh.length === 0) return []
  return host.database.transact(async (tx) => {
    const fates = await decide(tx, fresh)
    if (fates.some((fate) => 'error' in fate)) throw new Undone(fates)
    return fates
  })
}

/** Members under the key of an earlier one: the same wish again, which shares its fate, or another wish, which is refused. */
function answerTwins(members: readonly Pending[], fates: Map<Pending, Fate>): Map<Pending, Pending> {
  const first = new Map<string, Pending>()
  const twins = new Map<Pending, Pending>()
  for (const member of members) {
    const leader = first.get(member.text)
    if (leader === undefined) first.set(member.text, member)
    else {
      twins.set(member, leader)
      if (!leader.key.fingerprint.equals(member.key.fingerprint))
        fates.set(member, { error: new Problem(platformProblems.IDEMPOTENCY_KEY_REUSED) })
    }
  }
  return twins
}

const REPEATED = { 'idempotency-replayed': 'true' }

function shared(
  members: readonly Pending[],
  fates: ReadonlyMap<Pending, Fate>,
  twins: ReadonlyMap<Pending, Pending>,
): SharedFate[] {
  return members.map((member) => {
    const own = fates.get(member)
    if (own !== undefined) return own
    const of = twins.get(member)
    const fate = of === undefined ? undefined : fates.get(of)
    return fate === undefined || 'error' in fate ? 'undone' : { answer: { ...fate.answer, headers: REPEATED } }
  })
}
