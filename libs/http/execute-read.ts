import { createBatcher } from '#libs/batch/batcher.ts'
import type { Verdict } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { StreamReply } from '#libs/contract/stream-reply.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { admit, auditRead, auditRefused } from './admit.ts'
import { withoutDeadline } from './deadline.ts'
import type { Answer, Executor, OperationHost, Request } from './executor.ts'
import type { AnyGatheredRead, AnyRead, AnyStream } from './implement.ts'
import { inOperation } from './operation-span.ts'

const READS_AT_ONCE = 256
const READS_WAITING = 10_000
const READING_CONNECTIONS = 1

/** Reads that come while others are under way share the next question. Each is authorised by itself before. */
export function createGatheredReader(contract: Operation, beats: AnyGatheredRead, host: OperationHost): Executor {
  const context = { sql: host.database.reader, clock: host.clock, own: host.own }
  const reads = createBatcher<InputOf<Operation>, Verdict<unknown>>({
    name: contract.id,
    maxSize: READS_AT_ONCE,
    maxQueue: READS_WAITING,
    concurrency: READING_CONNECTIONS,
    run: (inputs) => withoutDeadline(() => beats.readMany(inputs, context)),
  })
  return {
    contract,
    execute: (request) =>
      inOperation(contract, host, request, async (inside) => {
        await admit(contract, host, inside)
        const { input } = inside
        const isAlone = beats.isGathered?.(input) === false
        const [verdict] = isAlone ? await beats.readMany([input], context) : [await reads.submit(input)]
        const { reply, problem } = verdict as Verdict<unknown>
        if (problem !== undefined) throw problem
        await auditRead(contract, host, inside)
        return { status: contract.status, reply, headers: {} }
      }),
  }
}

/** One read by itself; a refusal of one that looks for somebody is left in the trail. */
export async function executeRead(
  contract: Operation,
  beats: AnyRead,
  host: OperationHost,
  request: Request,
): Promise<Answer> {
  await admit(contract, host, request)
  const { caller, input } = request
  const context = { ...host.client, clock: host.clock, own: host.own, caller }
  try {
    const reply = await readFrom(beats, host, request, (sql) => beats.read(input, { ...context, sql }))
    await auditRead(contract, host, request)
    return { status: contract.status, reply, headers: {} }
  } catch (error) {
    // Whoever tries numbers until one is somebody's leaves every try.
    await auditRefused(contract, host, [{ request, error }])
    throw error
  }
}

/**
 * The one place that chooses between the primary and a replica: a replica only for an operation that tolerates it and a caller who wrote nothing
 * lately. A replica that fails says nothing of the answer, so the primary is asked then.
 */
async function readFrom<T>(
  { toleratesLag }: AnyRead,
  { database }: OperationHost,
  { isFresh }: Request,
  read: (sql: Queryable) => Promise<T>,
): Promise<T> {
  if (toleratesLag !== true || isFresh !== false) return read(database.reader)
  const sql = database.lagging
  if (sql === database.reader) return read(sql)
  try {
    return await read(sql)
  } catch (error) {
    if (error instanceof Problem) throw error
    return read(database.reader)
  }
}

/** Authorised like a read; what comes then goes on until the caller's signal. */
export async function openStream(
  contract: Operation,
  beats: AnyStream,
  host: OperationHost,
  request: Request,
): Promise<Answer> {
  await admit(contract, host, request)
  const { caller, input, stream } = request
  const listening = { lastEventId: stream?.lastEventId, signal: stream?.signal ?? new AbortController().signal }
  const context = { ...host.client, sql: host.database.reader, clock: host.clock, own: host.own, caller, ...listening }
  const reply: StreamReply = { kind: 'stream', events: await beats.open(input, context) }
  await auditRead(contract, host, request)
  return { status: contract.status, reply, headers: {} }
}
