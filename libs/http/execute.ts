import type { Clock } from '#libs/clock/clock.ts'
import type { Caller, Client, Trace } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { authorize } from './access.ts'
import { entityOf, writeAudit } from './audit.ts'
import { type BatchExecutor, createBatchExecutor } from './execute-batched.ts'
import { fingerprintOf, headerKeys, type KeyStore, type StoredKey, textOf, type WriteKey } from './idempotency.ts'
import type { AnyBatch, AnyRead, AnyWrite, Implementation, OwnerLookup, WriteContext } from './implement.ts'
import { type ConstraintProblems, restoredProblem, storedProblem } from './problem-reply.ts'

/** The service that operations run in. */
export interface OperationHost {
  service: string
  database: Database
  clock: Clock
  own: unknown
  client: Client
  mintId: IdMaker
  owners: Readonly<Record<string, OwnerLookup<never>>>
  constraints: ConstraintProblems
}

/** One call, checked against its contract already. */
export interface Request {
  input: InputOf<Operation>
  caller: Caller
  trace: Trace
  key?: string | undefined
  /** How long to wait for the final state of an operation that answers 202. */
  waitMs?: number | undefined
}

export interface Answer {
  status: number
  reply: unknown
  headers: Record<string, string>
}

/** Runs one operation for one request: authorise, stop at a replayed key, ask, one transaction, answer. Throws Problem and Fault. */
export interface Executor {
  contract: Operation
  execute(request: Request): Promise<Answer>
  /** Present on batched operations: members that were authorised and checked already. */
  batch?: BatchExecutor
}

export function createExecutor(implementation: Implementation, host: OperationHost): Executor {
  const { contract, beats } = implementation
  if ('read' in beats)
    return { contract, execute: (request) => executeRead(contract, beats as unknown as AnyRead, host, request) }
  if ('run' in beats) {
    const keys = headerKeys(contract)
    return { contract, execute: (request) => executeWrite(contract, beats as unknown as AnyWrite, keys, host, request) }
  }
  const batch = createBatchExecutor(contract, beats as unknown as AnyBatch, host)
  return {
    contract,
    batch,
    execute: async (request) => {
      await admit(contract, host, request)
      return batch.submit(request)
    },
  }
}

/** Authorises; a denial leaves its own line in the trail. */
async function admit(contract: Operation, host: OperationHost, request: Request): Promise<void> {
  const { caller, trace, input } = request
  try {
    const context = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own, caller }
    await authorize(contract, input, caller, host.owners, context)
  } catch (error) {
    if (error instanceof Problem && caller.kind !== 'anonymous') {
      const act = {
        operation: contract.id,
        caller,
        trace,
        entity_id: entityOf(input.params, null),
        outcome: `DENIED_${error.kind.status}`,
      }
      await writeAudit(host.database.app, [act])
    }
    throw error
  }
}

async function executeRead(
  contract: Operation,
  beats: AnyRead,
  host: OperationHost,
  request: Request,
): Promise<Answer> {
  await admit(contract, host, request)
  const { caller, input, trace } = request
  const context = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own, caller }
  const reply = await beats.read(input, context)
  if (contract.audit) {
    await writeAudit(host.database.app, [
      { operation: contract.id, caller, trace, entity_id: entityOf(input.params, null), outcome: 'read' },
    ])
  }
  return { status: contract.status, reply, headers: {} }
}

async function executeWrite(
  contract: Operation,
  beats: AnyWrite,
  keys: KeyStore,
  host: OperationHost,
  request: Request,
): Promise<Answer> {
  await admit(contract, host, request)
  const { input, caller } = request
  const key = requiredKey(contract, keys.keyOf(input, caller, request.key))
  const fingerprint = key === undefined ? undefined : fingerprintOf(input)
  if (key !== undefined && fingerprint !== undefined) {
    const [stored] = await keys.find(host.database.app, [key])
    if (stored !== undefined) return replayed(stored, fingerprint)
  }
  const asked = await beats.ask?.(input, {
    ...host.client,
    sql: host.database.reader,
    clock: host.clock,
    own: host.own,
    caller,
  })
  let committed: (() => void)[] = []
  const outcome = await host.database.transact(async (tx): Promise<Outcome> => {
    committed = []
    if (key !== undefined && fingerprint !== undefined) {
      const free = await keys.claim(tx, [{ ...key, fingerprint, status: contract.status, resource_id: null }])
      if (!free.has(textOf(key))) return { raced: true }
    }
    const context = {
      tx,
      clock: host.clock,
      own: host.own,
      caller,
      mintId: host.mintId,
      afterCommit: (work: () => void) => void committed.push(work),
    }
    return runInside(contract, beats, request, context, key, keys, asked)
  })
  if ('raced' in outcome) {
    const [stored] = await keys.find(host.database.app, [key as WriteKey])
    if (stored === undefined) throw new Error(`key of ${contract.id} was taken and is gone`)
    return replayed(stored, fingerprint as Buffer)
  }
  for (const work of committed) work()
  if ('refused' in outcome) throw outcome.refused
  return { status: contract.status, reply: outcome.reply, headers: {} }
}

type Outcome = { raced: true } | { refused: Problem } | { reply: unknown }

async function runInside(
  contract: Operation,
  beats: AnyWrite,
  request: Request,
  context: WriteContext<unknown>,
  key: WriteKey | undefined,
  keys: KeyStore,
  asked: unknown,
): Promise<Outcome> {
  const { input, caller, trace } = request
  const { tx } = context
  const audit = (outcome: string, reply: unknown): Promise<void> =>
    contract.audit
      ? writeAudit(tx, [{ operation: contract.id, caller, trace, entity_id: entityOf(input.params, reply), outcome }])
      : Promise.resolve()
  try {
    // With a key the refusal is recorded in this transaction, so what `run` wrote is undone by a savepoint, not by rolling everything back.
    const reply =
      key === undefined
        ? await beats.run(input, context, asked)
        : await tx.savepoint((inner) => runKeeping(beats, input, { ...context, tx: inner as Tx }, asked))
    if (reply instanceof Problem) throw reply
    await audit('done', reply)
    if (key !== undefined) await keys.settle(tx, [{ key, status: contract.status, body: { reply } }])
    return { reply }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (key !== undefined)
      await keys.settle(tx, [{ key, status: error.kind.status, body: { problem: storedProblem(error) } }])
    else if (!error.keep) throw error
    await audit(error.kind.code, null)
    return { refused: error }
  }
}

/** A refusal that keeps its trace is handed out as a value, so that the savepoint commits; any other is thrown and undone. */
async function runKeeping(
  beats: AnyWrite,
  input: InputOf<Operation>,
  context: Parameters<AnyWrite['run']>[1],
  asked: unknown,
): Promise<unknown> {
  try {
    return await beats.run(input, context, asked)
  } catch (error) {
    if (error instanceof Problem && error.keep) return error
    throw error
  }
}

/** The key of a write, or a refusal where the contract insists on one. */
export function requiredKey(contract: Operation, key: WriteKey | undefined): WriteKey | undefined {
  if (key === undefined && contract.idempotency === 'required') {
    throw new Problem(platformProblems.IDEMPOTENCY_KEY_REQUIRED, {
      errors: [
        {
          pointer: 'header/idempotency-key',
          detail: 'is required: any text of 1 to 255 characters that is new for each new wish',
        },
      ],
    })
  }
  return contract.idempotency === 'none' ? undefined : key
}

/** The first answer again; another request under the same key is refused. */
export function replayed(stored: StoredKey, fingerprint: Buffer): Answer {
  if (!Buffer.from(stored.fingerprint).equals(fingerprint)) throw new Problem(platformProblems.IDEMPOTENCY_KEY_REUSED)
  const body = stored.body as { reply: unknown } | { problem: unknown } | null
  if (body !== null && 'problem' in body) throw withReplayHeader(restoredProblem(body.problem))
  return {
    status: stored.status,
    reply: body === null ? undefined : body.reply,
    headers: { 'idempotency-replayed': 'true' },
  }
}

function withReplayHeader(problem: Problem): Problem {
  return new Problem(problem.kind, {
    ...problem.options,
    headers: { ...problem.options.headers, 'idempotency-replayed': 'true' },
  })
}
