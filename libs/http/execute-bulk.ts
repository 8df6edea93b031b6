import { createGate, type Gate } from '#libs/batch/gate.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { Fault, invariant, Problem, platformProblems } from '#libs/problem/problem.ts'
import { isOfTheLoad } from '#libs/sql/database.ts'
import { admit } from './admit.ts'
import type { Executor, Line, LineExecutor, MemberDecider, OperationHost, Request, SharedFate } from './executor.ts'
import type { AnyBulk, MemberFate } from './implement.ts'
import { inOperation } from './operation-span.ts'
import { problemOf } from './problem-reply.ts'

/** Members that are handed on at once: as many as a batch takes. */
export const SLICE = 512
/** Slices of all bulks under way at once: enough to keep the batches full, few enough for others to get in between. */
const SLICES_AT_ONCE = 4
/** Of one bulk, so that its answers wait for few of its members. */
const SLICES_OF_ONE = 3
/** Bulks under way: one more is told to come back (503), so that what they hold is bounded. */
const BULKS_AT_ONCE = 16

/** A bulk operation at work: its members are decided by the batched operation that it is a bulk of. */
interface Bulk {
  contract: Operation
  beats: AnyBulk
  host: OperationHost
  members(): MemberDecider
  gate: Gate
}

/** Puts a bulk operation to work. */
export function createBulkExecutor(
  contract: Operation,
  beats: AnyBulk,
  host: OperationHost,
  siblings: ReadonlyMap<string, Executor>,
): Executor {
  const members = (): MemberDecider => {
    const found = siblings.get(contract.bulkOf?.id ?? '')?.members
    invariant(found !== undefined, `${contract.id} is a bulk of a batched operation of its service`)
    return found
  }
  const bulk: Bulk = { contract, beats, host, members, gate: createGate(SLICES_AT_ONCE) }
  let under_way = 0
  const enter: LineExecutor['enter'] = async (request) => {
    await admit(contract, host, request)
    if (under_way >= BULKS_AT_ONCE) throw new Fault(`${contract.id} has too many bulks under way`)
    under_way += 1
    return {
      leave: () => {
        under_way -= 1
      },
    }
  }
  return {
    contract,
    execute: (request) =>
      inOperation(contract, host, request, async (inside) => {
        const { leave } = await enter(inside)
        try {
          return { status: contract.status, reply: await answerBody(bulk, inside), headers: {} }
        } finally {
          leave()
        }
      }),
    lines: {
      enter,
      answer: (request, slices, write) => answerLines(bulk, request, slices, write),
      unknown: (error) => {
        const problem = problemOf(error, host.constraints) ?? new Problem(platformProblems.INTERNAL)
        return beats.itemOf(undefined, { status: 'unknown', problem })
      },
    },
  }
}

/** All members of one body. */
async function answerBody(bulk: Bulk, request: Request): Promise<unknown> {
  const { mode, bodies } = bulk.beats.membersOf(request.input.body)
  const lines = bodies.map((body) => ({ body }))
  const items: unknown[] = []
  const take = async (some: readonly unknown[]): Promise<void> => {
    for (const item of some) items.push(item)
  }
  if (mode === 'atomic') await take(await decideTogether(bulk, request, lines))
  else await decideEach(bulk, request, slicesOf(lines), take)
  return bulk.beats.replyOf(mode, items)
}

async function answerLines(
  bulk: Bulk,
  request: Request,
  slices: AsyncIterable<readonly Line[]>,
  write: (items: readonly unknown[]) => Promise<void>,
): Promise<void> {
  if (bulk.beats.modeOf(request.input.query) === 'each') return decideEach(bulk, request, slices, write)
  const lines: Line[] = []
  for await (const slice of slices) for (const line of slice) lines.push(line)
  await write(await decideTogether(bulk, request, lines))
}

/** Decides slices as they come, some at once, and hands on what became of them in their order. After a failure none is begun. */
async function decideEach(
  bulk: Bulk,
  request: Request,
  slices: AsyncIterable<readonly Line[]> | Iterable<readonly Line[]>,
  write: (items: readonly unknown[]) => Promise<void>,
): Promise<void> {
  const under_way: Promise<void>[] = []
  let before: Promise<void> = Promise.resolve()
  const failure = new AbortController()
  const fail = (): void => failure.abort()
  for await (const slice of until(failure.signal, slices)) {
    const items = bulk.gate(async () => (failure.signal.aborted ? [] : decideSlice(bulk, request, slice)))
    items.catch(fail)
    // What came before is answered even where this fails.
    before = before.then(async () => write(await items))
    // Looked at below; until then it may fail unseen.
    before.catch(fail)
    under_way.push(before)
    if (under_way.length >= SLICES_OF_ONE) await under_way.shift()
  }
  await before
}

/** Hands on what comes until the signal: what is still to come is not waited for then, because its sender may wait for an answer first. */
async function* until<Item>(
  signal: AbortSignal,
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncGenerator<Item, void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const ended = new Promise<IteratorReturnResult<undefined>>((resolve) => {
    signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
  })
  try {
    for (;;) {
      const next = await Promise.race([ended, source.next()])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Not awaited: it ends after the item that it waits for, which may never come.
    void Promise.resolve(source.return?.()).catch(() => {})
  }
}

async function decideSlice(bulk: Bulk, request: Request, slice: readonly Line[]): Promise<unknown[]> {
  const fates = (await bulk.members().decideEach(requestsOf(request, slice))).values()
  return slice.map((line) =>
    'problem' in line ? refused(bulk, line.problem) : itemOf(bulk, line.body, fates.next().value as SharedFate),
  )
}

/** Lines that cannot be read let nothing be done; nobody is asked then. */
async function decideTogether(bulk: Bulk, request: Request, lines: readonly Line[]): Promise<unknown[]> {
  const isReadable = lines.every((line) => 'body' in line)
  const fates = isReadable ? await bulk.members().decideTogether(requestsOf(request, lines)) : []
  return lines.map((line, i) =>
    'problem' in line ? refused(bulk, line.problem) : itemOf(bulk, line.body, fates[i] ?? 'undone'),
  )
}

function requestsOf({ caller, trace }: Request, lines: readonly Line[]): Request[] {
  const requests: Request[] = []
  for (const line of lines) if ('body' in line) requests.push({ input: inputOf(line.body), caller, trace })
  return requests
}

const NOTHING = {}

function inputOf(body: unknown): InputOf<Operation> {
  return { params: NOTHING, query: NOTHING, body } as InputOf<Operation>
}

function itemOf({ beats, host }: Bulk, body: unknown, fate: SharedFate): unknown {
  return beats.itemOf(body, fate === 'undone' ? { status: 'undone' } : memberFate(fate, host))
}

function memberFate(fate: Exclude<SharedFate, 'undone'>, { constraints }: OperationHost): MemberFate {
  if ('answer' in fate) {
    const { reply, headers } = fate.answer
    return { status: 'done', reply, is_replayed: headers['idempotency-replayed'] !== undefined }
  }
  const problem = problemOf(fate.error, constraints)
  // Our own bug, or a database that has no room left, is a failure of the whole, with its stack in the log; of lines, what came before is answered. What was decided is found by its key.
  if (problem === undefined || isOfTheLoad(fate.error)) throw fate.error
  return { status: problem.kind.status >= 500 ? 'unknown' : 'refused', problem }
}

function refused({ beats }: Bulk, problem: Problem): unknown {
  return beats.itemOf(undefined, { status: 'refused', problem })
}

function* slicesOf(lines: readonly Line[]): Iterable<readonly Line[]> {
  for (let i = 0; i < lines.length; i += SLICE) yield lines.slice(i, i + SLICE)
}

/** The refusal of a line beyond those that one call may have. */
export function tooMany(most: number): Problem {
  return new Problem(platformProblems.BODY_TOO_LARGE, { detail: `One call has ${most} members at most` })
}
