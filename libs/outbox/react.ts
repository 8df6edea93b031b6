import type { Clock } from '#libs/clock/clock.ts'
import type { Client } from '#libs/contract/client.ts'
import type { DataOf, EventKind, EventMessage } from '#libs/contract/event.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import type { Tx } from '#libs/sql/database.ts'

/** What a beat outside a transaction may use: other services, and the service's own settings and resources. */
export interface AskContext<Own> extends Client {
  clock: Clock
  own: Own
}

/** What a beat inside a transaction may use. */
export interface ReactContext<Own> {
  tx: Tx
  clock: Clock
  own: Own
  mintId: IdMaker
}

/** Another service's facts, in batches, turned into our commands. */
export interface Reaction<Own = unknown> {
  kind: 'reaction'
  event: EventKind
  ask: ((events: readonly EventMessage<never>[], context: AskContext<Own>) => Promise<unknown>) | undefined
  run: (events: readonly EventMessage<never>[], asked: never, context: ReactContext<Own>) => Promise<void>
}

interface ReactionBeats<Kind extends EventKind, Own, Asked> {
  /**
   * Questions and commands to other services for the whole batch, before the transaction. May run again for the same events, so every command
   * carries a key that makes it the same one. A refusal is a verdict to record, not an error to throw.
   */
  ask?(events: readonly EventMessage<DataOf<Kind>>[], context: AskContext<Own>): Promise<Asked>
  /** Records the batch in one transaction, which also moves the subscription: its effects happen exactly once. */
  run(events: readonly EventMessage<DataOf<Kind>>[], asked: Asked, context: ReactContext<Own>): Promise<void>
}

/** A maker of one service's reactions, bound to its own settings and resources. */
export function reactionsOf<Own>() {
  return function react<Kind extends EventKind, Asked = undefined>(
    event: Kind,
    beats: ReactionBeats<Kind, Own, Asked>,
  ): Reaction<Own> {
    return {
      kind: 'reaction',
      event,
      ask: beats.ask as Reaction<Own>['ask'],
      run: beats.run as unknown as Reaction<Own>['run'],
    }
  }
}
