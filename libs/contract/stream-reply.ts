/** One server-sent event. `id` is what a client says in `Last-Event-ID` when it comes back; id and event are single lines. */
export interface StreamEvent {
  id?: string
  event: string
  data: object
}

/** An answer that goes on: events as long as the caller listens. */
export interface StreamReply {
  kind: 'stream'
  events: AsyncIterable<StreamEvent>
}

/** True for an answer that goes on. */
export function isStreamReply(reply: unknown): reply is StreamReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'stream' && 'events' in reply
}
