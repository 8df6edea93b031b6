import { fromRecord } from '#libs/outbox/cloud-event.ts'
import type { OutgoingRecord } from '#libs/outbox/stream.ts'
import type { ServiceDefinition } from '#libs/service/service.ts'
import type { Sql } from '#libs/sql/database.ts'
import { requireNone, Violation } from '../violation.ts'

interface Sent {
  readonly id: string
  readonly type: string
  readonly position: bigint
}

/** Events of one key, of the types that one service reacts to, in the order of their positions. */
interface Line {
  readonly events: Sent[]
  /** So many of them, from the first, are handled. */
  handled: number
}

interface Follower {
  readonly name: string
  readonly types: ReadonlyMap<string, ReadonlySet<string>>
  readonly lines: Map<string, Line>
  readonly handled: Set<string>
}

/** Looks whether services handle the events of each key in their order, each that was sent, and none that was not. */
export class HandledEvents {
  readonly #followers: readonly Follower[]
  readonly #sqlOf: (service: string) => Sql
  readonly #known = new Set<string>()

  constructor(services: readonly ServiceDefinition[], sqlOf: (service: string) => Sql) {
    this.#sqlOf = sqlOf
    this.#followers = services.map(({ name, reactions }) => ({
      name,
      types: new Map(
        [...Map.groupBy(reactions, ({ event }) => event.source)].map(([producer, some]) => [
          producer,
          new Set(some.map(({ event }) => event.type)),
        ]),
      ),
      lines: new Map(),
      handled: new Set(),
    }))
  }

  /** A record has come to stand at the broker. */
  sent({ value }: OutgoingRecord): void {
    const producer = (JSON.parse(value) as { source: string }).source
    const record = fromRecord(value, producer)
    if (record === undefined) throw new Violation('what is sent is an event of its producer', [value])
    const { event, position } = record
    if (this.#known.has(event.id)) return
    this.#known.add(event.id)
    for (const follower of this.#followers) {
      if (follower.types.get(producer)?.has(event.type) !== true) continue
      const name = `${producer} ${event.partitionkey}`
      const line = follower.lines.get(name) ?? { events: [], handled: 0 }
      follower.lines.set(name, line)
      enter(line, { id: event.id, type: event.type, position })
    }
  }

  /** After a commit: what is handled now, in every service. */
  async check(): Promise<void> {
    await Promise.all(this.#followers.filter(({ types }) => types.size > 0).map((follower) => this.#look(follower)))
  }

  /** Everything anew: what a relay has passed by stands at the broker. */
  async checkRelays(): Promise<void> {
    for (const { name } of this.#followers) {
      const passed = await this.#sqlOf(name)<{ id: string; type: string; position: bigint }[]>`
        select id, type, outbox_events.position from outbox_events join event_relay relay
        on (outbox_events.epoch, outbox_events.position) <= (relay.epoch, relay.position)`
      requireNone(
        'what a relay has passed by stands at the broker',
        passed.filter(({ id }) => !this.#known.has(id)).map((event) => ({ service: name, ...event })),
      )
    }
  }

  async #look({ name, lines, handled }: Follower): Promise<void> {
    const rows = await this.#sqlOf(name)<{ event_id: string; times: number }[]>`
      select event_id, count(*)::int as times from simulated.claims group by event_id`
    requireNone(
      'the effects of an event are committed once',
      rows.filter(({ times }) => times > 1).map((row) => ({ service: name, ...row })),
    )
    const news = rows.map(({ event_id }) => event_id).filter((id) => !handled.has(id))
    if (news.length === 0) return
    requireNone(
      'what is handled was sent',
      news.filter((id) => !this.#known.has(id)).map((id) => ({ service: name, event_id: id })),
    )
    for (const id of news) handled.add(id)
    for (const [key, line] of lines) {
      while (handled.has(line.events[line.handled]?.id ?? '')) line.handled += 1
      const early = line.events.slice(line.handled).find(({ id }) => handled.has(id))
      if (early !== undefined)
        throw new Violation('the events of a key are handled in their order', [
          { service: name, key, not_yet: line.events[line.handled], already: early },
        ])
    }
  }
}

/** Puts an event where it belongs; one that comes after later ones of its key were handled is too late. */
function enter(line: Line, event: Sent): void {
  const at = line.events.findIndex(({ position }) => position > event.position)
  line.events.splice(at === -1 ? line.events.length : at, 0, event)
  if (at !== -1 && at < line.handled)
    throw new Violation('the events of a key are handled in their order', [
      { sent_too_late: event, already: line.events[line.handled] },
    ])
}
