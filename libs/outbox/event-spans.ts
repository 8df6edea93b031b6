import type { EventKind, EventMessage } from '#libs/contract/event.ts'
import { childTraceparent, type TraceContext, withTrace } from '#libs/telemetry/context.ts'
import { beginSpan, isRecording, type Span } from '#libs/telemetry/spans.ts'

/** How events travel is nobody's concern who publishes or handles them: log and stream carry them from the same outbox. */
const SYSTEM = 'bankflow_outbox'

/**
 * Runs the work on a batch of events in the trace of the first. Where their traces are recorded, each event is given in a span of its own below
 * the one that published it, so that whatever its handling causes stands in its own trace; all of them end with the batch.
 */
export async function inDelivery(
  consumer: string,
  events: readonly EventMessage[],
  work: (events: readonly EventMessage[]) => Promise<void>,
): Promise<void> {
  const spans = isRecording() ? events.map((event) => beginProcessing(consumer, event, events.length)) : []
  const traced = events.map((event, i) => {
    const { traceparent } = spans[i]?.trace ?? event
    return traceparent === event.traceparent ? event : { ...event, traceparent }
  })
  const [first] = traced
  if (first === undefined) return work(events)
  try {
    // A batch carries many acts; what is logged around it belongs to the first, what it publishes names its own.
    await withTrace(spans[0]?.trace ?? traceOf(first), () => work(traced))
    for (const span of spans) span?.end()
  } catch (error) {
    for (const span of spans) span?.fail(error)
    throw error
  }
}

function traceOf({ correlationid, traceparent }: EventMessage): TraceContext {
  return { correlation_id: correlationid, traceparent }
}

function beginProcessing(consumer: string, event: EventMessage, count: number): Span | undefined {
  const attributes = {
    'messaging.system': SYSTEM,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': event.source,
    'messaging.consumer.group.name': consumer,
    'messaging.message.id': event.id,
    'messaging.batch.message_count': count > 1 ? count : undefined,
    'cloudevents.event_type': event.type,
  }
  const start = { service: consumer, kind: 'consumer', attributes, parent: traceOf(event) } as const
  return beginSpan(`process ${event.type}`, start)
}

/** The step of an act that its events name as where they come from: publishing is one span of it, however many events it has. */
export function publishedIn(trace: TraceContext, { source, type }: EventKind): string {
  if (!isRecording()) return childTraceparent(trace.traceparent)
  const attributes = {
    'messaging.system': SYSTEM,
    'messaging.operation.type': 'create',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': source,
    'cloudevents.event_type': type,
  }
  const span = beginSpan(`publish ${type}`, { service: source, kind: 'producer', attributes, parent: trace })
  span?.end()
  return span?.trace.traceparent ?? childTraceparent(trace.traceparent)
}
