import type { Batcher } from '#libs/batch/batcher.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Fate, OperationHost } from './executor.ts'
import type { ClaimedKey, KeyStore } from './idempotency.ts'
import type { AnyBatch, Member } from './implement.ts'

/** A member of a batch on its way, with the key it stands under. */
export interface Pending extends Member<Operation, unknown> {
  key: ClaimedKey
  /** The key as one text, for maps. */
  text: string
}

/** Some keys of a batch that was decided as if all were free were not: it is rolled back and decided again without them. */
export class KeysTaken extends Error {}

export type Fates = Map<Pending, Fate>

/** A batched operation with its beats, its keys and the service it runs in. */
export interface Batched {
  contract: Operation
  beats: AnyBatch
  keys: KeyStore
  host: OperationHost
  /** The present states of what members made, asked for together by all that wait for an end. */
  states: Batcher<Id, unknown>
}
