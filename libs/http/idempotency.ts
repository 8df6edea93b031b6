import { hash } from 'node:crypto'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
import type { Id } from '#libs/ids/ids.ts'
import { canonical, encode } from '#libs/json/json.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** The identity of one write: who, what, and the key they gave it. */
export interface WriteKey {
  caller: string
  operation: string
  key: string
}

/** A key on its way into the store, with what it will point to. */
export interface ClaimedKey extends WriteKey {
  fingerprint: Buffer
  status: number
  resource_id: Id | null
}

/** What a key that was used stands for. `body` is a stored reply or problem; null means "the present state of `resource_id`". */
export interface StoredKey extends ClaimedKey {
  body: unknown
}

/** Where the keys of an operation live. The default is `idempotency_keys`; the ledger keeps saga steps with their rows, for ever. */
export interface KeyStore<Op extends Operation = Operation> {
  /** The key of a request, or undefined when it has none. */
  keyOf(input: InputOf<Op>, caller: Caller, header: string | undefined): WriteKey | undefined
  find(sql: Queryable, keys: readonly WriteKey[]): Promise<StoredKey[]>
  /** Inserts the keys in one sorted statement; returns those that were free, as `textOf` texts. */
  claim(tx: Tx, keys: readonly ClaimedKey[]): Promise<Set<string>>
  /** The same for keys that are all expected to be free, cheaper; false when one was not, and then the transaction cannot go on. */
  claimAll?(tx: Tx, keys: readonly ClaimedKey[]): Promise<boolean>
  /** Records outcomes other than the one claimed: a refusal, a stored reply, or what was made where its id was not known before. */
  settle(
    tx: Tx,
    outcomes: readonly { key: WriteKey; status: number; body: unknown; resource_id?: Id | null }[],
  ): Promise<void>
  /** Frees claimed keys whose refusal must not use them up (see `usesUpKey`). A store without it settles those like any other. */
  release?(tx: Tx, keys: readonly WriteKey[]): Promise<void>
}

/** One text per key, for maps. */
export function textOf(key: WriteKey): string {
  return `${key.caller}\u0000${key.operation}\u0000${key.key}`
}

/** SHA-256 of what was asked, the same for any order of fields: two requests under one key must agree on it. */
export function fingerprintOf(input: { params: unknown; query: unknown; body: unknown }): Buffer {
  return hash('sha256', canonical([input.params, input.query, input.body]), 'buffer')
}

/** Whose key it is: the user, with the third party's client where one acts; the service; or a nameless address, so that strangers don't meet. */
function keyOwner(caller: Caller): string {
  if (caller.kind === 'service') return `service:${caller.service}`
  if (caller.kind === 'anonymous') return `anonymous:${caller.ip_hash}`
  return caller.client_id === null ? (caller.sub ?? 'anonymous') : `${caller.sub}:${caller.client_id}`
}

/** The key of a write, or a refusal where the contract insists on one. */
export function requiredKey(contract: Operation, key: WriteKey | undefined): WriteKey | undefined {
  if (key === undefined && contract.idempotency === 'required') {
    const detail = 'is required: any text of 1 to 255 characters that is new for each new wish'
    throw new Problem(platformProblems.IDEMPOTENCY_KEY_REQUIRED, {
      errors: [{ pointer: 'header/idempotency-key', detail }],
    })
  }
  return contract.idempotency === 'none' ? undefined : key
}

const LEAVES_KEY: ReadonlySet<number> = new Set([400, 401, 403, 429])

/**
 * True for a refusal that is the answer to its key for good. The same request may succeed later after one that asks for a better request,
 * a sign-in, a stronger one or patience, or when the failure is ours.
 */
export function usesUpKey(problem: Problem): boolean {
  return problem.kind.status < 500 && !LEAVES_KEY.has(problem.kind.status)
}

/** The store of callers' keys: kept 7 days, in the service's own database. */
export function headerKeys(operation: Operation): KeyStore {
  return {
    keyOf: (_input, caller, header) =>
      header === undefined ? undefined : { caller: keyOwner(caller), operation: operation.id, key: header },
    find: async (sql, keys) =>
      sql<StoredKey[]>`
        select caller, operation, key, fingerprint, status, resource_id, body
        from unnest(${callersOf(keys)}::text[], ${operationsIn(keys)}::text[], ${textsOf(keys)}::text[]) as wanted (caller, operation, key)
        join idempotency_keys using (caller, operation, key)`,
    claim: async (tx, keys) => {
      const sorted = keys.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
      const rows = await tx<WriteKey[]>`
        insert into idempotency_keys (caller, operation, key, fingerprint, status, resource_id, created_at)
        select caller, operation, key, decode(fingerprint, 'hex'), status, resource_id, ${new Date()}
        from unnest(${callersOf(sorted)}::text[], ${operationsIn(sorted)}::text[], ${textsOf(sorted)}::text[],
          ${textArray(sorted.map((key) => key.fingerprint.toString('hex')))}::text[],
          ${textArray(sorted.map((key) => String(key.status)))}::int[], ${textArray(sorted.map((key) => key.resource_id))}::uuid[])
          as claim (caller, operation, key, fingerprint, status, resource_id)
        on conflict do nothing
        returning caller, operation, key`
      return new Set(rows.map(textOf))
    },
    settle: async (tx, outcomes) => {
      if (outcomes.length === 0) return
      const keys = outcomes.map((outcome) => outcome.key)
      await tx`
        update idempotency_keys k set status = o.status, body = nullif(o.body, 'null')::json, resource_id = coalesce(o.resource_id, k.resource_id)
        from unnest(${callersOf(keys)}::text[], ${operationsIn(keys)}::text[], ${textsOf(keys)}::text[],
          ${textArray(outcomes.map((outcome) => String(outcome.status)))}::int[],
          ${textArray(outcomes.map((outcome) => encode(outcome.body)))}::text[],
          ${textArray(outcomes.map((outcome) => outcome.resource_id ?? null))}::uuid[]) as o (caller, operation, key, status, body, resource_id)
        where k.caller = o.caller and k.operation = o.operation and k.key = o.key`
    },
    release: async (tx, keys) => {
      if (keys.length === 0) return
      await tx`
        delete from idempotency_keys k
        using unnest(${callersOf(keys)}::text[], ${operationsIn(keys)}::text[], ${textsOf(keys)}::text[]) as o (caller, operation, key)
        where k.caller = o.caller and k.operation = o.operation and k.key = o.key`
    },
  }
}

const callersOf = (keys: readonly WriteKey[]): string => textArray(keys.map((key) => key.caller))
const operationsIn = (keys: readonly WriteKey[]): string => textArray(keys.map((key) => key.operation))
const textsOf = (keys: readonly WriteKey[]): string => textArray(keys.map((key) => key.key))

/** Deletes callers' keys older than 7 days, a bounded number at a time; returns how many went. */
export async function forgetOldKeys(sql: Queryable, now: Date): Promise<number> {
  const before = new Date(now.getTime() - 7 * 86_400_000)
  const gone = await sql`
    delete from idempotency_keys where ctid = any(array(select ctid from idempotency_keys where created_at < ${before} limit 5000))`
  return gone.count
}
