import type { EventMessage, NewEvent } from '#libs/contract/event.ts'
import { invariant, type ProblemPointer } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { currentTrace, type TraceContext } from '#libs/telemetry/context.ts'
import { bundleOf, type Fact } from './bundle.ts'

/** More events go into several bundles: no more than a reader takes at once, so that it reads no bundle twice. */
const EVENTS_A_BUNDLE = 500

/** Writes one event in the operation's transaction: it exists if, and only if, the operation's other rows do. */
export function publish(tx: Tx, event: NewEvent): Promise<void> {
  return publishAll(tx, [event])
}

/** Writes events as one row. Data that breaks its contract is our bug: an assertion, and the transaction rolls back. */
export async function publishAll(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  const running = currentTrace()
  const facts = events.map((event) => factOf(event, running))
  const now = new Date()
  const writing: Promise<unknown>[] = []
  for (let i = 0; i < facts.length; i += EVENTS_A_BUNDLE) {
    const bundle = bundleOf(facts.slice(i, i + EVENTS_A_BUNDLE), now)
    const { id, events: count, types, text } = bundle
    writing.push(
      tx`insert into outbox (id, events, types, bundle) values (${id}, ${count}, ${textArray(types)}::text[], ${text})`,
    )
  }
  await Promise.all(writing)
}

function factOf({ kind, data, trace }: NewEvent, running: TraceContext | undefined): Fact {
  const wrong = kind.shape.errorsInside(data)
  invariant(wrong.length === 0, `event ${kind.type} breaks its contract: ${inWords(wrong)}`)
  const own = trace ?? running
  invariant(own !== undefined, `event ${kind.type} belongs to no act`)
  return { kind, data, trace: own }
}

function inWords(wrong: readonly ProblemPointer[]): string {
  return wrong.map(({ pointer, detail }) => `${pointer} ${detail}`).join(', ')
}

/** The trace of an event, to hand on to what it causes. */
export function traceOf(event: EventMessage): { correlation_id: string; traceparent: string } {
  return { correlation_id: event.correlationid, traceparent: event.traceparent }
}
