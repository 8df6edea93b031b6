import type { Caller, StepUpProof } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import { admit, auditRefused } from './admit.ts'
import { type Change, entityOf, sealChange, writeAudit } from './audit.ts'
import { createBatchExecutor } from './execute-batched.ts'
import { createBulkExecutor } from './execute-bulk.ts'
import { createGatheredReader, executeRead, openStream } from './execute-read.ts'
import type { Answer, Executor, OperationHost, Request } from './executor.ts'
import {
  fingerprintOf,
  headerKeys,
  type KeyStore,
  requiredKey,
  textOf,
  usesUpKey,
  type WriteKey,
} from './idempotency.ts'
import type {
  AnyBatch,
  AnyBulk,
  AnyGatheredRead,
  AnyRaw,
  AnyRead,
  AnyStream,
  AnyWrite,
  Implementation,
  NamedInTrail,
  WriteContext,
} from './implement.ts'
import { inOperation } from './operation-span.ts'
import { refusalOf, storedProblem } from './problem-reply.ts'
import { createRawExecutor, type RawAct } from './raw.ts'
import { locationOf } from './replay-batched.ts'
import { replayed } from './replayed-answer.ts'
import { requireProof, spendProof } from './step-up.ts'

/**
 * Puts one implemented operation to work in its service, beside its `siblings`. Whatever it does belongs to the trace of its request.
 */
export function createExecutor(
  implementation: Implementation,
  host: OperationHost,
  siblings: ReadonlyMap<string, Executor> = new Map(),
): Executor {
  const { contract, beats } = implementation
  if ('read' in beats) {
    const read = beats as unknown as AnyRead
    return {
      contract,
      execute: (request) => inOperation(contract, host, request, (inside) => executeRead(contract, read, host, inside)),
    }
  }
  if ('open' in beats) {
    const stream = beats as unknown as AnyStream
    return {
      contract,
      execute: (request) =>
        inOperation(contract, host, request, (inside) => openStream(contract, stream, host, inside)),
    }
  }
  if ('readMany' in beats) return createGatheredReader(contract, beats as unknown as AnyGatheredRead, host)
  if ('membersOf' in beats) return createBulkExecutor(contract, beats as unknown as AnyBulk, host, siblings)
  if ('answer' in beats) return createRawExecutor(contract, beats as unknown as AnyRaw, host, actsOf(contract, host))
  if ('run' in beats) {
    const write: Write = { contract, beats: beats as unknown as AnyWrite, keys: headerKeys(contract), host }
    return {
      contract,
      execute: (request) => inOperation(contract, host, request, (inside) => executeWrite(write, inside)),
    }
  }
  const batch = createBatchExecutor(contract, beats as unknown as AnyBatch, host)
  return {
    contract,
    batch,
    members: batch,
    execute: (request) =>
      withTrace(request.trace, async () => {
        await admit(contract, host, request)
        return batch.submit(request)
      }),
  }
}

/** A write at work: its contract, its beats and where its keys live. */
interface Write {
  contract: Operation
  beats: AnyWrite
  keys: KeyStore
  host: OperationHost
}

/** The key that a request came with, and what was asked under it. */
type Keyed = { key: WriteKey; fingerprint: Buffer } | undefined

type Outcome = { raced: true } | { refused: Problem } | { reply: unknown }

async function executeWrite(write: Write, request: Request): Promise<Answer> {
  const { contract, keys, host } = write
  await admit(contract, host, request)
  const { input, caller } = request
  const key = requiredKey(contract, keys.keyOf(input, caller, request.key))
  const keyed: Keyed = key === undefined ? undefined : { key, fingerprint: fingerprintOf(input) }
  const before = keyed && (await storedAnswer(write, keyed, caller))
  if (before !== undefined) return before
  const { outcome, beside } = await decide(write, request, keyed)
  if ('raced' in outcome) {
    const winner = keyed && (await storedAnswer(write, keyed, caller))
    if (winner === undefined) throw new Error(`the key of ${contract.id} was taken and is gone`)
    return winner
  }
  for (const work of beside.afterCommit) work()
  if ('refused' in outcome) throw outcome.refused
  const { reply } = outcome
  return { status: contract.status, reply, headers: { ...locationIn(contract, reply), ...beside.headers } }
}

/** The proof that a person must bring for this operation in this bank; a service answers for its own acts. */
function proofNeeded({ contract, host }: Write, { input, caller }: Request): StepUpProof | undefined {
  if (!contract.stepUp || !host.requiresStepUp || caller.kind !== 'user') return undefined
  return requireProof(contract, input, caller, host.clock.wall.now())
}

/** Asks, then decides in one transaction. A refusal that is thrown left nothing, so that it gets a line of its own in the trail. */
async function decide(write: Write, request: Request, keyed: Keyed): Promise<{ outcome: Outcome; beside: Beside }> {
  const { contract, beats, host } = write
  const { input, caller } = request
  try {
    const proof = proofNeeded(write, request)
    const asking = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own, caller }
    const asked = await beats.ask?.(input, asking)
    return await decideInTransaction(write, request, { keyed, proof }, asked)
  } catch (error) {
    await auditRefused(contract, host, [{ request, error }])
    throw error
  }
}

/** The acts of a raw operation: each is a write without a key. */
function actsOf(contract: Operation, host: OperationHost): RawAct {
  return async (request, work) => {
    const write: Write = {
      ...{ contract, host, keys: headerKeys(contract) },
      beats: { run: async (_input, context) => (await work(context)) as never },
    }
    const { outcome, beside } = await decide(write, request, undefined)
    for (const done of beside.afterCommit) done()
    if ('refused' in outcome) throw outcome.refused
    return { reply: 'reply' in outcome ? outcome.reply : undefined, headers: beside.headers }
  }
}

/** The first answer to a key that was used, money as bigint again; a Problem where the first answer was a refusal. */
async function storedAnswer(
  { contract, beats, keys, host }: Write,
  keyed: NonNullable<Keyed>,
  caller: Caller,
): Promise<Answer | undefined> {
  const sql = host.database.app
  const [stored] = await keys.find(sql, [keyed.key])
  if (stored === undefined) return undefined
  const answer = replayed(stored, keyed.fingerprint)
  if (stored.body === null && stored.resource_id !== null && beats.present !== undefined) {
    const reply = await beats.present(stored.resource_id, { sql, own: host.own, caller })
    return { ...answer, headers: { ...answer.headers, ...locationIn(contract, reply) }, reply }
  }
  const headers = { ...answer.headers, ...locationIn(contract, answer.reply) }
  return { ...answer, headers, reply: contract.shapes.reply.revive(answer.reply) }
}

function locationIn(contract: Operation, reply: unknown): Record<string, string> {
  return locationOf(contract, entityOf(contract, {}, reply))
}

async function decideInTransaction(
  write: Write,
  request: Request,
  { keyed, proof }: { keyed: Keyed; proof: StepUpProof | undefined },
  asked: unknown,
): Promise<{ outcome: Outcome; beside: Beside }> {
  const { contract, keys, host } = write
  let beside = nothingBeside()
  try {
    const outcome = await host.database.transact(async (tx): Promise<Outcome> => {
      beside = nothingBeside()
      if (keyed !== undefined) {
        const free = await keys.claim(tx, [{ ...keyed.key, ...claimOf(contract, keyed.fingerprint) }])
        if (!free.has(textOf(keyed.key))) return { raced: true }
      }
      const { clock, own, mintId } = host
      if (proof !== undefined) await spendProof(tx, contract, proof, clock.wall.now())
      const context = { tx, clock, own, mintId, caller: request.caller, ...noting(beside) }
      return runInside(write, request, context, beside, keyed?.key, asked)
    })
    return { outcome, beside }
  } catch (error) {
    throw refusalOf(error, host.constraints) ?? error
  }
}

/** What `run` says besides its reply. */
interface Beside {
  afterCommit: (() => void)[]
  headers: Record<string, string>
  change: Change | undefined
  named: NamedInTrail
}

function nothingBeside(): Beside {
  return { afterCommit: [], headers: {}, change: undefined, named: {} }
}

/** The functions by which `run` says it. */
function noting(
  beside: Beside,
): Pick<WriteContext<unknown>, 'afterCommit' | 'changed' | 'namedInTrail' | 'answerHeader'> {
  return {
    afterCommit: (work) => void beside.afterCommit.push(work),
    changed: (change) => {
      beside.change = change
    },
    namedInTrail: (line) => {
      beside.named = { ...beside.named, ...line }
    },
    answerHeader: (name, value) => {
      beside.headers[name] = value
    },
  }
}

function claimOf(contract: Operation, fingerprint: Buffer): { fingerprint: Buffer; status: number; resource_id: null } {
  return { fingerprint, status: contract.status, resource_id: null }
}

async function runInside(
  { contract, beats, keys, host }: Write,
  request: Request,
  context: WriteContext<unknown>,
  beside: Beside,
  key: WriteKey | undefined,
  asked: unknown,
): Promise<Outcome> {
  const { input, caller, trace } = request
  const { tx } = context
  const audit = async (outcome: string, reply: unknown): Promise<void> => {
    if (!contract.audit) return
    const {
      user_id = caller.sub,
      session_id = caller.session_id,
      client_id = caller.client_id,
      entity_id,
    } = beside.named
    const by = { ...caller, sub: user_id, session_id, client_id }
    const about = entity_id ?? entityOf(contract, input, reply)
    const change = beside.change && sealChange(host.changes, beside.change)
    await writeAudit(tx, [{ operation: contract.id, caller: by, trace, entity_id: about, outcome, change }])
  }
  try {
    // With a key the refusal is recorded in this transaction, so what `run` wrote is undone by a savepoint, not by rolling everything back.
    const reply =
      key === undefined
        ? await beats.run(input, context, asked)
        : await tx.savepoint((inner) => runKeeping(beats, input, { ...context, tx: inner as Tx }, asked))
    if (reply instanceof Problem) throw reply
    await audit('done', reply)
    if (key !== undefined)
      await keys.settle(tx, [{ key, status: contract.status, ...keptOf({ contract, beats }, reply) }])
    return { reply }
  } catch (error) {
    const problem = refusalOf(error, host.constraints)
    if (problem === undefined) throw error
    if (key !== undefined && usesUpKey(problem))
      await keys.settle(tx, [{ key, status: problem.kind.status, body: { problem: storedProblem(problem) } }])
    else if (!problem.keep) throw problem
    else if (key !== undefined) await keys.release?.(tx, [key])
    await audit(problem.kind.code, null)
    return { refused: problem }
  }
}

/** What stands beside a key: the answer, or only the id of what was made. */
function keptOf(
  { contract, beats }: Pick<Write, 'contract' | 'beats'>,
  reply: unknown,
): { body: unknown; resource_id: string | null } {
  if (beats.present === undefined) return { body: { reply }, resource_id: null }
  return { body: null, resource_id: entityOf(contract, {}, reply) }
}

/** A refusal that keeps its trace is handed out as a value, so that the savepoint commits; any other is thrown and undone. */
async function runKeeping(
  beats: AnyWrite,
  input: InputOf<Operation>,
  context: WriteContext<unknown>,
  asked: unknown,
): Promise<unknown> {
  try {
    return await beats.run(input, context, asked)
  } catch (error) {
    if (error instanceof Problem && error.keep) return error
    throw error
  }
}
