import type { Clock } from '#libs/clock/clock.ts'
import type { Caller, Client, Trace, Verdict } from '#libs/contract/client.ts'
import type { FileReply } from '#libs/contract/file-reply.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import type { StreamEvent } from '#libs/contract/stream-reply.ts'
import type { Id, IdMaker } from '#libs/ids/ids.ts'
import type { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Change } from './audit.ts'
import type { KeyStore } from './idempotency.ts'
import type { RawReply, RawRequest } from './raw-messages.ts'

/** What an operation may use outside its transaction: other services, and its service's own settings and resources. */
export interface AskedFor<Own> extends Client {
  clock: Clock
  own: Own
  caller: Caller
  /** Reads only. */
  sql: Queryable
}

/** What a write may use inside its transaction. */
export interface WriteContext<Own> {
  tx: Tx
  clock: Clock
  own: Own
  caller: Caller
  mintId: IdMaker
  /** Runs `work` once the transaction has committed, before the answer leaves: for what memory must know at once. */
  afterCommit(work: () => void): void
  /**
   * What this act changed, for the audit trail: stored encrypted with the act's line. `before` is null for what was made, `after` for what is
   * gone. Called once, by acts that a reviewer would ask about; never with secrets (passwords, codes, tokens).
   */
  changed(change: Change): void
  /**
   * Whom the trail's line names where only the act itself finds out: a sign-in begins as nobody's. Who was not recognised is the entity of
   * the act and never its user.
   */
  namedInTrail(line: NamedInTrail): void
  /** A header of the answer, like a cookie. Not repeated when a key is replayed. */
  answerHeader(name: string, value: string): void
}

/** What a line of the trail says of an act beside its caller and its input. */
export interface NamedInTrail {
  /** Who did it, recognised by the act. */
  user_id?: string
  /** The session that it began or used. */
  session_id?: string
  /** What it was about. */
  entity_id?: string
  /** The third party that did it. */
  client_id?: string
}

/** What a read may use: a reader's connection, and other services, since no transaction is open. */
export interface ReadContext<Own> extends Client {
  sql: Queryable
  clock: Clock
  own: Own
  caller: Caller
}

/** What a stream may use. */
export interface StreamContext<Own> extends ReadContext<Own> {
  /** The last event that this client saw, where it comes back. */
  lastEventId: string | undefined
  /** Aborts when nobody listens any more: whoever waits for the next event stops waiting then. */
  signal: AbortSignal
}

interface WriteBeats<Op extends Operation, Own, Asked> {
  /** Questions before the transaction, and only such commands as are safe to have happened even if `run` refuses. */
  ask?(input: InputOf<Op>, context: AskedFor<Own>): Promise<Asked>
  /** Load, decide, write, publish, answer: one transaction. A thrown Problem rolls it back. */
  run(input: InputOf<Op>, context: WriteContext<Own>, asked: Asked): Promise<ReplyOf<Op>>
  /**
   * What a repeated key is answered: the present state of what the first answer named first. With it no copy of an answer is kept beside the
   * keys, which is for answers that hold personal data.
   */
  present?(id: Id, context: { sql: Queryable; own: Own; caller: Caller }): Promise<ReplyOf<Op>>
}

interface ReadBeats<Op extends Operation, Own> {
  /** The answer, or a file where the contract names content types in `files`. */
  read(input: InputOf<Op>, context: ReadContext<Own>): Promise<ReplyOf<Op> | FileReply>
  /**
   * True for what is read to be looked at (lists, histories), so that a copy of the data which lags a few seconds may answer callers who wrote nothing
   * lately. Never for what somebody decides by: balances, states that a next step depends on, anything of access.
   */
  toleratesLag?: boolean
}

interface StreamBeats<Op extends Operation, Own> {
  /** The events to come, in order. A thrown Problem refuses before anything is sent; afterwards `return` frees what it holds. */
  open(
    input: InputOf<Op>,
    context: StreamContext<Own>,
  ): AsyncIterable<StreamEvent> | Promise<AsyncIterable<StreamEvent>>
}

interface GatheredReadBeats<Op extends Operation, Own> {
  /** Answers many concurrent reads by one question to the database: a verdict each, in order. */
  readMany(
    inputs: readonly InputOf<Op>[],
    context: Omit<ReadContext<Own>, 'caller' | keyof Client>,
  ): Promise<Verdict<ReplyOf<Op>>[]>
  /** False for what takes long by itself: it is asked alone and at once, and nobody waits for it. All are gathered unless told. */
  isGathered?(input: InputOf<Op>): boolean
}

/** One call inside a batch. */
export interface Member<Op extends Operation = Operation, Asked = undefined> {
  input: InputOf<Op>
  caller: Caller
  trace: Trace
  /** The id minted for what this member makes, before it is decided, so that its key can point to it. */
  id: Id
  asked: Asked
}

interface BatchBeats<Op extends Operation, Own, Asked> {
  /** Questions for the whole batch; a Problem as a member's answer refuses it before anything is written, and uses up no key. */
  ask?(members: readonly Member<Op>[], context: Omit<AskedFor<Own>, 'caller'>): Promise<(Asked | Problem)[]>
  /** Load, decide, write, publish for all members in one transaction: a verdict each, in order. */
  decideMany(
    members: readonly Member<Op, Asked>[],
    context: Omit<WriteContext<Own>, 'caller' | 'afterCommit' | 'changed' | 'answerHeader' | 'namedInTrail'>,
  ): Promise<Verdict<ReplyOf<Op>>[]>
  /** The present state of what members made, by id: the answer of a repeated key, and what `Prefer: wait` looks at. */
  present(ids: readonly Id[], context: { sql: Queryable; own: Own }): Promise<(ReplyOf<Op> | undefined)[]>
  /** True when the state will not change by itself any more; for operations that answer 202. */
  isFinal?(reply: ReplyOf<Op>): boolean
  /**
   * Told that somebody waits for an end, for so long at most; answers what says, cheaper than a look at the state, that it has not come yet.
   * Undefined where nothing says so. The state is looked at anyway once a second.
   */
  awaitEnd?(id: Id, wait_ms: number, own: Own): Promise<(() => Promise<boolean>) | undefined>
  /** Where keys live and what they are, when not the caller's header in `idempotency_keys`. */
  keys?: KeyStore<Op>
  /** What a member locks: two that name the same are not decided in two batches at once, where one would only wait for the other. */
  contends?(input: InputOf<Op>): Iterable<string>
  /** Ids from another clock than the wall's (the ledger books on the bank's). */
  mint?(context: { clock: Clock; own: Own }): Id
}

/** How members are decided: `atomic`, all or none; `each`, one by one. */
export type BulkMode = 'atomic' | 'each'

/** What became of one member of a bulk. */
export type MemberFate<Reply = unknown> =
  | { status: 'done'; reply: Reply; is_replayed: boolean }
  | { status: 'refused'; problem: Problem }
  /** It was not refused itself: another was, and all are done or none. */
  | { status: 'undone' }
  /** Nothing is known: repeated, it is found or done. */
  | { status: 'unknown'; problem: Problem }

interface BulkBeats<Op extends Operation> {
  /** The members of a body, and how they are decided. */
  membersOf(body: InputOf<Op>['body']): { mode: BulkMode; bodies: readonly unknown[] }
  /** How lines are decided. */
  modeOf(query: InputOf<Op>['query']): BulkMode
  /** What is said of one member: an item of the reply, and a line. `body` is undefined where it could not be read. */
  itemOf(body: unknown, fate: MemberFate): unknown
  /** The whole reply to a body. */
  replyOf(mode: BulkMode, items: readonly unknown[]): ReplyOf<Op>
}

/** What a raw operation may use. No transaction is open until `act`. */
export interface RawContext<Own> extends Client {
  sql: Queryable
  clock: Clock
  own: Own
  caller: Caller
  mintId: IdMaker
  trace: Trace
  /**
   * One act: loads, decides and writes in one transaction that ends with its line in the audit trail (where the contract is audited). A Problem
   * thrown inside undoes it, unless it is one that is kept, and is thrown on. Headers that it answers go out with the reply.
   */
  act<T>(work: (context: WriteContext<Own>) => Promise<T>): Promise<T>
}

/** The beat of a raw operation. A thrown Problem is answered like anywhere else. */
export interface RawBeats<Own> {
  answer(request: RawRequest, context: RawContext<Own>): Promise<RawReply>
}

/** A contract's operation with what this service does for it. */
export interface Implementation<Own = unknown> {
  kind: 'implementation'
  contract: Operation
  beats:
    | { read: unknown }
    | { open: unknown }
    | { readMany: unknown }
    | { run: unknown; ask?: unknown }
    | { decideMany: unknown }
    | { membersOf: unknown }
    | { answer: unknown }
  own?: Own
}

/** The beats as the executor sees them, without the types of one operation. */
export type AnyWrite = WriteBeats<Operation, unknown, unknown>
export type AnyRead = ReadBeats<Operation, unknown>
export type AnyRaw = RawBeats<unknown>
export type AnyStream = StreamBeats<Operation, unknown>
export type AnyGatheredRead = GatheredReadBeats<Operation, unknown>
export type AnyBulk = BulkBeats<Operation>
export type AnyBatch = BatchBeats<Operation, unknown, unknown>

/** Makers of one service's operations, bound to its settings and resources (`Own`): config.ts exports them, operations import them. */
export function operationsFor<Own>() {
  return {
    /** A write: `ask`, then `run` in one transaction with key, audit row and events. */
    implement<Op extends Operation, Asked = undefined>(
      contract: Op,
      beats: WriteBeats<Op, Own, Asked>,
    ): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** A read with a reader's connection. */
    implementRead<Op extends Operation>(contract: Op, beats: ReadBeats<Op, Own>): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** Server-sent events to one caller, for a contract with `stream: true`. */
    implementStream<Op extends Operation>(contract: Op, beats: StreamBeats<Op, Own>): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** A read that is asked so often that concurrent ones should share a question to the database. */
    implementReadMany<Op extends Operation>(contract: Op, beats: GatheredReadBeats<Op, Own>): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** Many bodies of a batched operation in one call, as one body or line by line, for a contract with `bulkOf`. */
    implementBulk<Op extends Operation>(contract: Op, beats: BulkBeats<Op>): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** A request and an answer in a protocol of its own, for a contract with `raw: true`. */
    implementRaw<Op extends Operation>(contract: Op, beats: RawBeats<Own>): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
    /** A write decided in batches: concurrent calls share one transaction, each has its own verdict. */
    implementBatched<Op extends Operation, Asked = undefined>(
      contract: Op,
      beats: BatchBeats<Op, Own, Asked>,
    ): Implementation<Own> {
      return { kind: 'implementation', contract, beats }
    },
  }
}

/** Finds the customer behind a request's object: true when the caller's customer may do `capability` to the object. */
export type OwnerLookup<Own = unknown> = (
  id: string,
  caller: Caller,
  capability: 'view' | 'debit' | 'manage',
  context: ReadContext<Own>,
) => Promise<boolean>
