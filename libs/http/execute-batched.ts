import { type Batcher, createBatcher } from '#libs/batch/batcher.ts'
import { runBisected } from '#libs/batch/bisect.ts'
import type { Verdict } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Id } from '#libs/ids/ids.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { isConnectionLost, isRolledBack, type Tx } from '#libs/sql/database.ts'
import { isRecording } from '#libs/telemetry/spans.ts'
import { admit, auditRefused } from './admit.ts'
import { entityOf, writeAudit } from './audit.ts'
import { type Batched, type Fates, KeysTaken, type Pending } from './batched.ts'
import { withoutDeadline } from './deadline.ts'
import { decideTogether } from './decide-together.ts'
import type { Answer, BatchExecutor, Fate, MemberDecider, OperationHost, Request, SharedFate } from './executor.ts'
import { fingerprintOf, headerKeys, requiredKey, textOf, usesUpKey } from './idempotency.ts'
import type { AnyBatch, Member } from './implement.ts'
import { inBatch, inOperation } from './operation-span.ts'
import { refusalOf, storedProblem } from './problem-reply.ts'
import { answerReplays, locationOf, waitForEnd } from './replay-batched.ts'

const MAX_BATCH = 512
const MAX_QUEUE = 10_000
const CONCURRENT_BATCHES = 2
/** Of those that are all done or none, and may each be as large as a body is. */
const SHARED_AT_ONCE = 2
const SHARED_WAITING = 16

/** Gathers the calls of one batched operation and decides them together. */
export function createBatchExecutor(
  contract: Operation,
  beats: AnyBatch,
  host: OperationHost,
): BatchExecutor & MemberDecider {
  const states = createBatcher<Id, unknown>({
    name: `${contract.id} states`,
    maxSize: MAX_BATCH,
    maxQueue: MAX_QUEUE,
    concurrency: 1,
    run: (ids) => beats.present(ids, { sql: host.database.app, own: host.own }),
  })
  const batched: Batched = { contract, beats, keys: beats.keys ?? headerKeys(contract), host, states }
  const batcher: Batcher<Pending, Fate> = createBatcher({
    name: contract.id,
    maxSize: MAX_BATCH,
    maxQueue: MAX_QUEUE,
    concurrency: CONCURRENT_BATCHES,
    ...(beats.contends === undefined ? {} : { contends: ({ input }: Pending) => beats.contends?.(input) ?? [] }),
    run: (members) => withoutDeadline(() => decideBatch(batched, members)),
  })
  const together: Batcher<readonly Pending[], SharedFate[]> = createBatcher({
    name: `${contract.id} together`,
    maxSize: 1,
    maxQueue: SHARED_WAITING,
    concurrency: SHARED_AT_ONCE,
    contends: (members) => new Set(members.flatMap(({ input }) => [...(beats.contends?.(input) ?? [])])),
    run: async ([members = []]) => [
      await withoutDeadline(() => decideTogether(batched, members, (tx, fresh) => decideAtOnce(batched, tx, fresh))),
    ],
  })
  const decided = async (request: Request): Promise<Answer> => {
    const fate = await batcher.submit(enter(batched, request))
    if ('error' in fate) throw fate.error
    return request.waitMs === undefined ? fate.answer : waitForEnd(batched, fate.answer, request.waitMs)
  }
  const submit = (request: Request): Promise<Answer> =>
    isRecording() ? inOperation(contract, host, request, decided) : decided(request)
  return {
    admit: (request) => admit(contract, host, request),
    submit,
    decideEach: (requests) =>
      Promise.all(
        batcher
          .submitAll(requests.map((request) => enter(batched, request)))
          .map((fate) => fate.catch((error: unknown): Fate => ({ error }))),
      ),
    decideTogether: (requests) =>
      requests.length === 0 ? Promise.resolve([]) : together.submit(requests.map((request) => enter(batched, request))),
    submitAll: (requests) => Promise.allSettled(requests.map(submit)),
    drain: () => Promise.all([batcher.drain(), together.drain()]).then(states.drain),
  }
}

/** A request on its way into a batch: its key, and the id of what it will make. */
function enter({ contract, beats, keys, host }: Batched, request: Request): Pending {
  const { input, caller, trace } = request
  const key = requiredKey(contract, keys.keyOf(input, caller, request.key))
  invariant(key !== undefined, `${contract.id} is batched, so it needs a key`)
  const id = beats.mint?.({ clock: host.clock, own: host.own }) ?? host.mintId()
  const claim = { ...key, fingerprint: fingerprintOf(input), status: contract.status, resource_id: id }
  return { input, caller, trace, id, asked: undefined, key: claim, text: textOf(key) }
}

/** One batch, from replayed keys to verdicts. Never throws for one member's sake, nor takes back what was decided. */
async function decideBatch(batched: Batched, members: readonly Pending[]): Promise<Fate[]> {
  const fates: Fates = new Map()
  const undecided = (): Pending[] => members.filter((member) => !fates.has(member))
  // A batch carries many acts; what is logged around it belongs to the first.
  await inBatch(batched.contract, batched.host, members, async () => {
    // Twins inside the batch, and keys that another instance took meanwhile, are left over: repeats, which the next round answers.
    for (let round = 0; undecided().length > 0 && round <= members.length + 1; round++) {
      try {
        await decideRound(batched, undecided(), fates, round)
      } catch (error) {
        for (const member of undecided()) fates.set(member, { error })
      }
    }
  })
  return members.map((member) => fates.get(member) ?? { error: new Error('a member of a batch got no verdict') })
}

/** Answers repeats, then asks, decides and writes for one member of each key that is new. */
async function decideRound(batched: Batched, members: readonly Pending[], fates: Fates, round: number): Promise<void> {
  // Repeats must stop before `ask`. Where nothing is asked, the claim of the keys finds them as well, and the usual batch is spared a question.
  if (round > 0 || batched.beats.ask !== undefined) await answerReplays(batched, members, fates)
  const leaders = onePerKey(members.filter((member) => !fates.has(member)))
  const ready = await askFor(batched, leaders, fates)
  const outcomes = await runBisected(ready, (some) => decideFresh(batched, some), isRolledBack)
  const unknown: Fates = new Map()
  const broken = new Map<Pending, Problem>()
  for (const [i, outcome] of outcomes.entries()) {
    const member = ready[i] as Pending
    if ('error' in outcome) {
      const problem = refusalOf(outcome.error, batched.host.constraints)
      if (problem !== undefined && usesUpKey(problem)) broken.set(member, problem)
      else (isConnectionLost(outcome.error) ? unknown : fates).set(member, { error: problem ?? outcome.error })
    } else if (outcome.verdict !== 'raced') fates.set(member, outcome.verdict)
  }
  await answerUnknown(batched, unknown, fates)
  await recordRefusals(batched, broken, fates)
  shareErrors(leaders, members, fates)
}

/** After a connection lost at commit the keys are read first: who is found there was decided; for the rest nothing is known. */
async function answerUnknown(batched: Batched, unknown: Fates, fates: Fates): Promise<void> {
  if (unknown.size === 0) return
  const members = [...unknown.keys()]
  // The first question may meet another connection that died with ours.
  await answerReplays(batched, members, fates)
    .catch(() => answerReplays(batched, members, fates))
    .catch(() => {})
  for (const [member, fate] of unknown) if (!fates.has(member)) fates.set(member, fate)
}

/** Members that the database refused had their transaction rolled back, so their refusals are written apart. */
async function recordRefusals(batched: Batched, broken: Map<Pending, Problem>, fates: Fates): Promise<void> {
  if (broken.size === 0) return
  const members = [...broken.keys()]
  const recorded = await batched.host.database.transact(async (tx) => {
    const free = await batched.keys.claim(
      tx,
      members.map((member) => member.key),
    )
    const mine = members.filter((member) => free.has(member.text))
    await writeVerdicts(
      batched,
      tx,
      mine,
      mine.map((member) => ({ problem: broken.get(member) as Problem })),
    )
    return mine
  })
  for (const member of recorded) fates.set(member, { error: broken.get(member) })
}

/** A twin that asked for the same under the same key meets the same error; one that asked for something else is decided by itself. */
function shareErrors(leaders: readonly Pending[], members: readonly Pending[], fates: Fates): void {
  const failed = new Map(
    leaders.flatMap((leader) => {
      const fate = fates.get(leader)
      return fate !== undefined && 'error' in fate ? [[leader.text, { leader, fate }] as const] : []
    }),
  )
  for (const member of members) {
    const twin = fates.has(member) ? undefined : failed.get(member.text)
    if (twin?.leader.key.fingerprint.equals(member.key.fingerprint)) fates.set(member, twin.fate)
  }
}

function onePerKey(members: readonly Pending[]): Pending[] {
  const first = new Map<string, Pending>()
  for (const member of members) if (!first.has(member.text)) first.set(member.text, member)
  return [...first.values()]
}

async function askFor({ contract, beats, host }: Batched, fresh: Pending[], fates: Fates): Promise<Pending[]> {
  if (beats.ask === undefined || fresh.length === 0) return fresh
  const asking = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own }
  const asked = await beats.ask(fresh as Member[], asking)
  const refused = fresh.map((request, i) => ({ request, error: asked[i] }))
  await auditRefused(contract, host, refused)
  return fresh.filter((member, i) => {
    if (asked[i] instanceof Problem) {
      fates.set(member, { error: asked[i] })
      return false
    }
    member.asked = asked[i]
    return true
  })
}

async function decideFresh(batched: Batched, members: readonly Pending[]): Promise<(Fate | 'raced')[]> {
  if (members.length === 0) return []
  try {
    return await batched.host.database.transact((tx) => decideAtOnce(batched, tx, members))
  } catch (error) {
    if (!(error instanceof KeysTaken)) throw error
    return batched.host.database.transact((tx) => decideClaimed(batched, tx, members))
  }
}

/** Decides without waiting for the answer to the claim, which the database gets first: nearly always all keys are free. */
async function decideAtOnce(batched: Batched, tx: Tx, members: readonly Pending[]): Promise<Fate[]> {
  const [claimed, decided] = await Promise.allSettled([claimAll(batched, tx, members), decideAll(batched, tx, members)])
  if (claimed.status === 'rejected') throw claimed.reason
  if (!claimed.value) throw new KeysTaken()
  if (decided.status === 'rejected') throw decided.reason
  return settleAll(batched, tx, members, decided.value)
}

async function claimAll({ keys }: Batched, tx: Tx, members: readonly Pending[]): Promise<boolean> {
  const claimed = members.map((member) => member.key)
  return keys.claimAll === undefined
    ? (await keys.claim(tx, claimed)).size === members.length
    : keys.claimAll(tx, claimed)
}

async function decideClaimed(batched: Batched, tx: Tx, members: readonly Pending[]): Promise<(Fate | 'raced')[]> {
  const free = await batched.keys.claim(
    tx,
    members.map((member) => member.key),
  )
  const mine = members.filter((member) => free.has(member.text))
  const fates = mine.length === 0 ? [] : await settleAll(batched, tx, mine, await decideAll(batched, tx, mine))
  const decided = new Map(mine.map((member, i) => [member, fates[i] as Fate]))
  return members.map((member) => decided.get(member) ?? 'raced')
}

async function decideAll(
  { contract, beats, host }: Batched,
  tx: Tx,
  members: readonly Pending[],
): Promise<Verdict<unknown>[]> {
  const context = { tx, clock: host.clock, own: host.own, mintId: host.mintId }
  const verdicts = await beats.decideMany(members as readonly Member[], context)
  invariant(verdicts.length === members.length, `${contract.id}: one verdict per member`)
  return verdicts
}

async function settleAll(
  batched: Batched,
  tx: Tx,
  members: readonly Pending[],
  verdicts: readonly Verdict<unknown>[],
): Promise<Fate[]> {
  await writeVerdicts(batched, tx, members, verdicts)
  return members.map((member, i) => fateOf(batched.contract, member, verdicts[i] as Verdict<unknown>))
}

/** Writes what became of claimed keys, and the trail. */
async function writeVerdicts(
  { contract, keys }: Batched,
  tx: Tx,
  members: readonly Pending[],
  verdicts: readonly Verdict<unknown>[],
): Promise<void> {
  const refused = members.flatMap((member, i) => {
    const problem = verdicts[i]?.problem
    return problem === undefined ? [] : [{ key: member.key, problem }]
  })
  const leaving = keys.release === undefined ? [] : refused.filter(({ problem }) => !usesUpKey(problem))
  const settling = refused.filter((one) => !leaving.includes(one))
  await keys.settle(
    tx,
    settling.map(({ key, problem }) => ({
      key,
      status: problem.kind.status,
      body: { problem: storedProblem(problem) },
    })),
  )
  if (leaving.length > 0)
    await keys.release?.(
      tx,
      leaving.map(({ key }) => key),
    )
  if (!contract.audit) return
  const acts = members.map(({ caller, trace, input }, i) => {
    const { problem, reply } = verdicts[i] as Verdict<unknown>
    const entity_id = entityOf(contract, input, reply)
    return { operation: contract.id, caller, trace, entity_id, outcome: problem?.kind.code ?? 'done' }
  })
  await writeAudit(tx, acts)
}

function fateOf(contract: Operation, member: Pending, verdict: Verdict<unknown>): Fate {
  if (verdict.problem !== undefined) return { error: verdict.problem }
  return { answer: { status: contract.status, reply: verdict.reply, headers: locationOf(contract, member.id) } }
}
