import { setTimeout as sleep } from 'node:timers/promises'
import { type Batcher, createBatcher } from '#libs/batch/batcher.ts'
import { runBisected } from '#libs/batch/bisect.ts'
import type { Verdict } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { isConnectionLost, isRolledBack } from '#libs/sql/database.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import { entityOf, writeAudit } from './audit.ts'
import type { Answer, OperationHost, Request } from './execute.ts'
import { replayed, requiredKey } from './execute.ts'
import {
  type ClaimedKey,
  fingerprintOf,
  headerKeys,
  type KeyStore,
  type StoredKey,
  textOf,
  type WriteKey,
} from './idempotency.ts'
import type { AnyBatch, Member } from './implement.ts'
import { storedProblem } from './problem-reply.ts'

/** The gathered side of a batched operation. */
export interface BatchExecutor {
  submit(request: Request): Promise<Answer>
  /** Many at once; each is answered or refused by itself. */
  submitAll(requests: readonly Request[]): Promise<PromiseSettledResult<Answer>[]>
  drain(): Promise<void>
}

interface Pending extends Member<Operation, unknown> {
  key: ClaimedKey
  text: string
}

/** What becomes of one member: an answer, or what it is told instead. */
type Fate = { answer: Answer } | { error: unknown }
type Fates = Map<Pending, Fate>

/** A batched operation with its beats, its keys and the service it runs in. */
interface Batched {
  contract: Operation
  beats: AnyBatch
  keys: KeyStore
  host: OperationHost
}

const MAX_BATCH = 512
const MAX_QUEUE = 10_000
const CONCURRENT_BATCHES = 2

export function createBatchExecutor(contract: Operation, beats: AnyBatch, host: OperationHost): BatchExecutor {
  const keys: KeyStore = beats.keys ?? headerKeys(contract)
  const batched: Batched = { contract, beats, keys, host }
  const batcher: Batcher<Pending, Fate> = createBatcher({
    name: contract.id,
    maxSize: MAX_BATCH,
    maxQueue: MAX_QUEUE,
    concurrency: CONCURRENT_BATCHES,
    run: (members) => decideBatch(batched, members),
  })
  const enter = (request: Request): Pending => {
    const key = requiredKey(contract, keys.keyOf(request.input, request.caller, request.key))
    invariant(key !== undefined, `${contract.id} is batched, so it needs a key`)
    const id = beats.mint?.({ clock: host.clock, own: host.own }) ?? host.mintId()
    const claimed = { ...key, fingerprint: fingerprintOf(request.input), status: contract.status, resource_id: id }
    return {
      input: request.input,
      caller: request.caller,
      trace: request.trace,
      id,
      asked: undefined,
      key: claimed,
      text: textOf(key),
    }
  }
  const submit = async (request: Request): Promise<Answer> => {
    const fate = await batcher.submit(enter(request))
    if ('error' in fate) throw fate.error
    return request.waitMs === undefined ? fate.answer : waitForEnd(batched, fate.answer, request.waitMs)
  }
  return { submit, submitAll: (requests) => Promise.allSettled(requests.map(submit)), drain: () => batcher.drain() }
}

/** One batch, from replayed keys to verdicts. Never throws for one member's sake. */
async function decideBatch(batched: Batched, members: readonly Pending[]): Promise<Fate[]> {
  const fates: Fates = new Map()
  // A batch carries many acts; what is logged around it belongs to the first.
  await withTrace((members[0] as Pending).trace, async () => {
    await answerReplays(batched, members, fates)
    const ready = await askFor(batched, onePerKey(members.filter((member) => !fates.has(member))), fates)
    const outcomes = await runBisected(ready, (some) => decideFresh(batched, some), isRolledBack)
    const unknown: Fates = new Map()
    for (const [i, outcome] of outcomes.entries()) {
      const member = ready[i] as Pending
      if ('error' in outcome) (isConnectionLost(outcome.error) ? unknown : fates).set(member, { error: outcome.error })
      else if (outcome.verdict !== 'raced') fates.set(member, outcome.verdict)
    }
    await answerUnknown(batched, unknown, fates)
    // Left are twins inside the batch and keys that another instance took meanwhile: repeats, like any other.
    await answerReplays(
      batched,
      members.filter((member) => !fates.has(member)),
      fates,
    )
  })
  return members.map((member) => fates.get(member) ?? { error: new Error('a member of a batch got no verdict') })
}

/** After a connection lost at commit the keys are read first: who is found there was decided; for the rest nothing is known. */
async function answerUnknown(batched: Batched, unknown: Fates, fates: Fates): Promise<void> {
  if (unknown.size === 0) return
  await answerReplays(batched, [...unknown.keys()], fates).catch(() => {})
  for (const [member, fate] of unknown) if (!fates.has(member)) fates.set(member, fate)
}

function onePerKey(members: readonly Pending[]): Pending[] {
  return [...new Map(members.toReversed().map((member) => [member.text, member])).values()].reverse()
}

/** Answers the members whose key stands for a decided write: the first answer again, with the present state of what it made. */
async function answerReplays(batched: Batched, members: readonly Pending[], fates: Fates): Promise<void> {
  if (members.length === 0) return
  const { contract, beats, keys, host } = batched
  const found = new Map(
    (
      await keys.find(
        host.database.app,
        members.map((member) => member.key),
      )
    ).map((row) => [textOf(row), row]),
  )
  const repeats = members.filter((member) => found.has(member.text))
  if (repeats.length === 0) return
  const storedOf = (member: Pending): StoredKey => found.get(member.text) as StoredKey
  const ids = [...new Set(repeats.map((member) => storedOf(member).resource_id as string))]
  const states = await beats.present(ids, { sql: host.database.app, own: host.own })
  const stateOf = new Map(ids.map((id, i) => [id, states[i]]))
  for (const member of repeats) {
    const stored = storedOf(member)
    try {
      const answer = replayed(stored, member.key.fingerprint)
      const reply = stateOf.get(stored.resource_id as string)
      fates.set(member, {
        answer: { ...answer, reply, headers: { ...answer.headers, ...locationOf(contract, stored.resource_id) } },
      })
    } catch (error) {
      fates.set(member, { error })
    }
  }
}

async function askFor({ beats, host }: Batched, fresh: Pending[], fates: Fates): Promise<Pending[]> {
  if (beats.ask === undefined || fresh.length === 0) return fresh
  const asked = await beats.ask(fresh as Member[], {
    ...host.client,
    sql: host.database.reader,
    clock: host.clock,
    own: host.own,
  })
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
  const { contract, beats, keys, host } = batched
  return host.database.transact(async (tx) => {
    const free = await keys.claim(
      tx,
      members.map((member) => member.key),
    )
    const mine = members.filter((member) => free.has(member.text))
    const context = { tx, clock: host.clock, own: host.own, mintId: host.mintId }
    const verdicts = mine.length === 0 ? [] : await beats.decideMany(mine as Member[], context)
    invariant(verdicts.length === mine.length, `${contract.id}: one verdict per member`)
    const refused = mine.flatMap((member, i) => {
      const problem = verdicts[i]?.problem
      return problem === undefined
        ? []
        : [{ key: member.key as WriteKey, status: problem.kind.status, body: { problem: storedProblem(problem) } }]
    })
    await keys.settle(tx, refused)
    if (contract.audit)
      await writeAudit(
        tx,
        mine.map((member, i) => auditOf(contract, member, verdicts[i] as Verdict<unknown>)),
      )
    const decided = new Map(
      mine.map((member, i) => [member, fateOf(contract, member, verdicts[i] as Verdict<unknown>)]),
    )
    return members.map((member) => decided.get(member) ?? 'raced')
  })
}

function auditOf(
  contract: Operation,
  member: Pending,
  verdict: Verdict<unknown>,
): Parameters<typeof writeAudit>[1][number] {
  const outcome = verdict.problem === undefined ? 'done' : verdict.problem.kind.code
  return {
    operation: contract.id,
    caller: member.caller,
    trace: member.trace,
    entity_id: entityOf(member.input.params, verdict.reply),
    outcome,
  }
}

function fateOf(contract: Operation, member: Pending, verdict: Verdict<unknown>): Fate {
  if (verdict.problem !== undefined) return { error: verdict.problem }
  return { answer: { status: contract.status, reply: verdict.reply, headers: locationOf(contract, member.id) } }
}

function locationOf(contract: Operation, id: string | null): Record<string, string> {
  return contract.location === '' || id === null ? {} : { location: `/api/v1${contract.location}/${id}` }
}

async function waitForEnd({ beats, host }: Batched, answer: Answer, waitMs: number): Promise<Answer> {
  const id = answer.headers.location?.split('/').at(-1)
  if (id === undefined || beats.isFinal === undefined) return answer
  const until = performance.now() + waitMs
  let { reply } = answer
  for (
    let pause = 10;
    !beats.isFinal(reply as never) && performance.now() + pause < until;
    pause = Math.min(pause * 1.5, 200)
  ) {
    await sleep(pause)
    const [state] = await beats.present([id], { sql: host.database.app, own: host.own })
    if (state !== undefined) reply = state
  }
  return { status: answer.status, reply, headers: { ...answer.headers, 'preference-applied': 'wait' } }
}
