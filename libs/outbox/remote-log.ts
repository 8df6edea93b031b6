import type { EventMessage } from '#libs/contract/event.ts'
import { decode } from '#libs/json/json.ts'
import { Fault } from '#libs/problem/problem.ts'
import { type EventLog, isBefore, type LogPage, type Position } from './event-log.ts'

/** Events on the wire between services: positions and epochs are decimal texts. */
export interface WirePage {
  events: (Omit<EventMessage, 'time'> & { time: string; position: string })[]
  up_to: { epoch: number; position: string }
  more: boolean
}

/** A page as `GET /internal/events` answers it. */
export function toWire(page: LogPage): WirePage {
  return {
    events: page.events.map((event) => ({
      ...event,
      time: event.time.toISOString(),
      position: event.position.toString(),
    })),
    up_to: { epoch: page.upTo.epoch, position: page.upTo.position.toString() },
    more: page.more,
  }
}

/** Fetches a path of a service with this service's token; the answer's text, or a Fault. */
export type Fetch = (service: string, path: string, waitMs: number) => Promise<string>

const LONG_POLL_MS = 20_000

/** Another process's events by long poll: the producer answers as soon as there is something new. */
export function createRemoteLog(producer: string, fetch: Fetch): EventLog & { close(): void } {
  const listeners = new Set<() => void>()
  let after: Position | undefined
  let closed = false
  let polling = false

  async function read(from: Position, limit: number, types: readonly string[], waitMs: number): Promise<LogPage> {
    const query = new URLSearchParams({
      epoch: String(from.epoch),
      after: from.position.toString(),
      limit: String(limit),
      types: types.join(','),
      wait_ms: String(waitMs),
    })
    const page = decode(await fetch(producer, `/internal/events?${query}`, waitMs)) as WirePage
    return {
      events: page.events.map((event) => ({ ...event, time: new Date(event.time), position: BigInt(event.position) })),
      upTo: { epoch: page.up_to.epoch, position: BigInt(page.up_to.position) },
      more: page.more,
    }
  }

  /** Waits at the producer for anything past the last position read, and then wakes the subscription. */
  async function watch(): Promise<void> {
    if (polling || closed || after === undefined || listeners.size === 0) return
    polling = true
    try {
      const page = await read(after, 1, [], LONG_POLL_MS)
      if (isBefore(after, page.upTo)) for (const listener of listeners) listener()
    } catch (error) {
      // A producer that is away is found again by the subscription's own pace.
      if (!(error instanceof Fault)) throw error
    } finally {
      polling = false
    }
  }

  return {
    producer,
    read: async (from, limit, types) => {
      const page = await read(from, limit, types, 0)
      after = page.upTo
      if (!page.more) void watch().catch(() => {})
      return page
    },
    onAppended: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      closed = true
      listeners.clear()
    },
  }
}
