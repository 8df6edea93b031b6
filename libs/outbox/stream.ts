import type { EventMessage } from '#libs/contract/event.ts'

/** An event as a stream brings it: with its place in its producer's outbox, and the epoch in which the bank was when it was sent. */
export interface StreamRecord {
  event: EventMessage
  epoch: number
  position: bigint
  bank_epoch: number
}

/** What a poll waits for, at most. */
export interface PollOptions {
  limit: number
  waitMs: number
  /** Ends the wait. */
  signal: AbortSignal
}

/**
 * The events of one producer as they come to one instance of a group of consumers (Kafka, or a test's and the simulator's own): each at least
 * once, those of a key in the order in which they first came. Whoever does not poll is sent no more: that is all the back-pressure there is.
 */
export interface Stream {
  producer: string
  /** The next records, at most `limit`; none when `waitMs` have passed or the signal came. Rejects while the broker is away. */
  poll(options: PollOptions): Promise<readonly StreamRecord[]>
  /** Records of a poll are done, and all that the same polls and those before brought: another instance goes on behind them. May be in vain. */
  commit(records: readonly StreamRecord[]): Promise<void>
  close(): Promise<void>
}

/** A record on its way to the stream. */
export interface OutgoingRecord {
  topic: string
  /** Records of a key keep their order. */
  key: string
  value: string
}

/** Where a producer's events go. */
export interface Publisher {
  /** Appends records, those of a key in their order; resolves when the stream has them for good. When it rejects, any of them may stand there. */
  send(records: readonly OutgoingRecord[]): Promise<void>
  close(): Promise<void>
}

/** The broker between the services, as one of them sees it. */
export interface Broker {
  /** How long the stream keeps a record. */
  retentionMs: number
  /** Events of a producer, from its topics. */
  streamOf(producer: string, topics: readonly string[]): Stream
  /** The way out for this service's own events. */
  publisher(topics: readonly string[]): Publisher
  /** Gives back what its streams share. */
  close(): Promise<void>
}
