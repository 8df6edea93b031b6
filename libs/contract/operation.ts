import { type Static, type TSchema, Type } from 'typebox'
import { closed, type Shape, shapeOf } from './schema.ts'

/** The roles of `contracts/enums.ts`; kept as words here because libs know no bank. */
export type RoleName = string
export type ServiceName = string

/** Whose object a request touches: the name of the id, where it stands, and what the caller wants to do with it. */
export interface OwnedBy {
  id: string
  in: 'params' | 'query' | 'body'
  /** `view` by default; delegates may hold fewer capabilities than owners. */
  capability?: 'view' | 'debit' | 'manage'
}

/**
 * Who may call. Any line that matches lets the caller in. A customer who matches none because the object is somebody else's gets a 404
 * that says nothing about it.
 */
export interface Access {
  /** No token needed. */
  anyone?: true
  /** Anybody with a valid token. */
  signedIn?: true
  roles?: readonly RoleName[]
  /** The owner (or a delegate with the capability) of the object; a plain string is the name of an id among the params. */
  owner?: string | OwnedBy
  /** Services that may call it with their own token. */
  services?: readonly ServiceName[]
  /**
   * The scope by which a caller with a grant (a third party, an API key) may call it, as far as its user may. Without one no grant is enough.
   */
  scope?: string
  /** A caller with any grant may call it: it shows and changes nothing but that grant. */
  anyGrant?: true
}

/** How repeats of a write are told apart. */
export type Idempotency =
  /** The caller must send `Idempotency-Key`. */
  | 'required'
  /** The caller may send `Idempotency-Key`. */
  | 'accepted'
  /** The operation is a read, or repeating it is harmless by itself. */
  | 'none'

interface OperationRow<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> {
  /** Its function, its file and its OpenAPI operationId. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`, Fastify notation (`/accounts/:account_id`); `/internal/…` is between services only; `/sandbox/…` stands beside. */
  path: string
  summary: string
  description?: string
  access: Access
  params?: P
  query?: Q
  body?: B
  reply: R
  /** 200 unless said; 202 means that the reply is a state that will go on, and `Prefer: wait=N` waits for its end. */
  status?: 200 | 201 | 202 | 204
  /** The collection of what it makes (`/transactions`): the `Location` header is that and the new id. */
  location?: string
  problems?: readonly string[]
  idempotency?: Idempotency
  /** False where the rows it writes are themselves the trail (the ledger's journal); reads write one only when `audit: true`. */
  audit?: boolean
  /**
   * Reads: true where staff's looks write one, though customers' own do not. True unless said for what has an owner: whoever looks into people's
   * affairs leaves a trace.
   */
  auditStaff?: boolean
  /** Answers server-sent events as long as the client listens; `reply` is the data of one. */
  stream?: true
  /** Content types that it answers as a file instead of JSON, when it is asked to (`fileReply`). */
  files?: readonly string[]
  /** True when money moves: a 5xx then says that the outcome is unknown, a refusal that nothing moved. */
  money?: boolean
  /** Must be confirmed by its caller with a strong factor, for exactly this input, where the bank's policy says so (RFC 9470). */
  stepUp?: true
  /** Speaks a protocol of its own (OAuth 2.0, a page for a browser): forms and redirects instead of the bank's JSON. */
  raw?: true
  /** Says whose something is that can be guessed (account numbers run on): the edge counts it by a tight limit of its own. */
  lookup?: true
  /** Stands only in a sandbox; absent in production. */
  sandbox?: true
  /** The largest body of this operation, where the edge's own limit is too small for it (bulk work of staff). */
  bodyLimitBytes?: number
  /** Decided in batches (`decideMany`): the typed client may send many at once. */
  batched?: true
  /** Takes many bodies of a batched operation in one call: also one a line (`application/x-ndjson`), answered line by line. */
  bulkOf?: Operation
  tags?: readonly string[]
}

export interface Operation<
  P extends TSchema = TSchema,
  Q extends TSchema = TSchema,
  B extends TSchema = TSchema,
  R extends TSchema = TSchema,
> extends Required<
    Omit<
      OperationRow<P, Q, B, R>,
      'sandbox' | 'lookup' | 'batched' | 'bulkOf' | 'stream' | 'description' | 'bodyLimitBytes' | 'stepUp' | 'raw'
    >
  > {
  kind: 'operation'
  service: ServiceName
  sandbox: boolean
  lookup: boolean
  batched: boolean
  stream: boolean
  stepUp: boolean
  raw: boolean
  bulkOf: Operation | undefined
  bodyLimitBytes: number | undefined
  description: string
  shapes: { params: Shape<Static<P>>; query: Shape<Static<Q>>; body: Shape<Static<B>>; reply: Shape<Static<R>> }
}

export interface InputOf<Op extends Operation> {
  params: Static<Op['params']>
  query: Static<Op['query']>
  body: Static<Op['body']>
}
export type ReplyOf<Op extends Operation> = Static<Op['reply']>

const Nothing = Type.Object({})

/** A maker of one service's operations: `const operation = operationsOf('account-service')`. */
export function operationsOf(service: ServiceName) {
  return function operation<
    P extends TSchema = typeof Nothing,
    Q extends TSchema = typeof Nothing,
    B extends TSchema = typeof Nothing,
    R extends TSchema = TSchema,
  >(row: OperationRow<P, Q, B, R>): Operation<P, Q, B, R> {
    const params = closed(row.params ?? (Type.Object({}) as unknown as P))
    const query = closed(row.query ?? (Type.Object({}) as unknown as Q))
    const body = closed(row.body ?? (Type.Object({}) as unknown as B))
    return {
      kind: 'operation',
      service,
      id: row.id,
      method: row.method,
      path: row.path,
      summary: row.summary,
      description: row.description ?? '',
      access: row.access,
      params,
      query,
      body,
      reply: row.reply,
      status: row.status ?? 200,
      location: row.location ?? '',
      problems: row.problems ?? [],
      idempotency: row.idempotency ?? 'none',
      audit: row.audit ?? row.method !== 'GET',
      auditStaff: row.auditStaff ?? (row.method === 'GET' && row.access.owner !== undefined),
      files: row.files ?? [],
      money: row.money ?? false,
      sandbox: row.sandbox ?? false,
      lookup: row.lookup ?? false,
      batched: row.batched ?? false,
      stream: row.stream ?? false,
      stepUp: row.stepUp ?? false,
      raw: row.raw ?? false,
      bulkOf: row.bulkOf,
      bodyLimitBytes: row.bodyLimitBytes,
      tags: row.tags ?? [service.replace('-service', '')],
      shapes: {
        params: shapeOf(params, 'input'),
        query: shapeOf(query, 'input'),
        body: shapeOf(body, 'input'),
        reply: shapeOf(row.reply),
      },
    }
  }
}

/** True for a path that only services may reach and that the gateway never routes. */
export function isInternal(operation: Operation): boolean {
  return operation.path.startsWith('/internal/')
}
