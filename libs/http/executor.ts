import type { Clock } from '#libs/clock/clock.ts'
import type { Caller, Client, Trace } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import type { Problem } from '#libs/problem/problem.ts'
import type { Database } from '#libs/sql/database.ts'
import type { OwnerLookup } from './implement.ts'
import type { ConstraintProblems } from './problem-reply.ts'
import type { RawRequest } from './raw-messages.ts'

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
  /** True where operations with `stepUp` are refused to people without a proof. */
  requiresStepUp: boolean
  /** Seals what acts changed, for the audit trail. */
  changes: Sealer
}

/** One call, checked against its contract already. */
export interface Request {
  input: InputOf<Operation>
  caller: Caller
  trace: Trace
  key?: string | undefined
  /** How long to wait for the final state of an operation that answers 202. */
  waitMs?: number | undefined
  /**
   * Reads only: false where a copy of the data that lags a few seconds may answer, because the gateway knows that this caller wrote nothing
   * lately. Whatever else it is, the answer must be of now.
   */
  isFresh?: boolean | undefined
  /** Streams only: where the caller left off, and the end of his listening. */
  stream?: { lastEventId: string | undefined; signal: AbortSignal } | undefined
  /** Raw operations only: the request as it came. */
  raw?: RawRequest | undefined
}

export interface Answer {
  status: number
  reply: unknown
  headers: Record<string, string>
}

/** What becomes of one member: an answer, or what it is told instead. */
export type Fate = { answer: Answer } | { error: unknown }
/** The same where all are done or none: `undone` was not refused itself. */
export type SharedFate = Fate | 'undone'

/** Runs one operation for one request: authorise, stop at a replayed key, ask, one transaction, answer. Throws Problem and Fault. */
export interface Executor {
  contract: Operation
  execute(request: Request): Promise<Answer>
  /** Present on batched operations: members that were authorised and checked already. */
  batch?: BatchExecutor
  /** Present on batched operations that are at work. */
  members?: MemberDecider
  /** Present on bulk operations: the same with members that come, and are answered, line by line. */
  lines?: LineExecutor
}

/** One line of a body: what a member asks for, or why it cannot be read. */
export type Line = { body: unknown } | { problem: Problem }

/** The line by line side of a bulk operation. */
export interface LineExecutor {
  /** Throws unless the caller may call the operation and there is room for one more. Call `leave` at the end. */
  enter(request: Request): Promise<{ leave(): void }>
  /** Answers members in their order: `write` gets the items of some lines, and is waited for. */
  answer(
    request: Request,
    slices: AsyncIterable<readonly Line[]>,
    write: (items: readonly unknown[]) => Promise<void>,
  ): Promise<void>
  /** The item of a failure: of what has no answer yet, nothing is known. */
  unknown(error: unknown): unknown
}

/** The gathered side of a batched operation. */
export interface BatchExecutor {
  /** Throws unless the caller may call the operation, and leaves a denial in the trail. */
  admit(request: Request): Promise<void>
  submit(request: Request): Promise<Answer>
  /** Many at once; each is answered or refused by itself. */
  submitAll(requests: readonly Request[]): Promise<PromiseSettledResult<Answer>[]>
  drain(): Promise<void>
}

/** Decides many members of a batched operation that one call carries. */
export interface MemberDecider {
  /** Each for itself; never rejects. */
  decideEach(requests: readonly Request[]): Promise<Fate[]>
  /** All are done, or none. Throws what is not a refusal: then nothing is known. */
  decideTogether(requests: readonly Request[]): Promise<SharedFate[]>
}
