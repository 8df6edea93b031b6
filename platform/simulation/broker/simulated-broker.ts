import { setTimeout as sleep } from 'node:timers/promises'
import { fromRecord } from '#libs/outbox/cloud-event.ts'
import type { Broker, OutgoingRecord, PollOptions, Publisher, Stream, StreamRecord } from '#libs/outbox/stream.ts'
import type { Chance } from '../../demo/random.ts'
import type { Actor, SeededProcess } from '../seeded-process.ts'
import { Group, type Member, type Place, type Slot } from './group.ts'

/** How a call ends: as it should, done and nobody hears so, done for some partitions only, or not at all. */
export type Fate = 'well' | 'unheard' | 'half' | 'refused'

/** What an instance has asked of the broker, until the seed lets it happen. */
export interface Call {
  readonly actor: Actor
  readonly kind: 'produce' | 'poll' | 'offset'
  readonly about: string
  isReady(): boolean
  /** Lets it happen, and its caller hear of it; says what was done. */
  run(fate: Fate): string
}

const PARTITIONS = 3
/** Longer than any simulation: nothing that was sent is deleted. */
const RETENTION_MS = 7 * 86_400_000
const REDELIVERED_PERCENT = 15
const PARTIAL_PERCENT = 50
const LINGERING_PERCENT = 50

type StreamedRecord = StreamRecord & Place

/**
 * A broker as Kafka is one, in memory: topics of a few partitions, records of a key in one of them, groups of consumers that commit how far
 * they are. Each call of an instance waits here until the seed decides when and how it ends.
 */
export class SimulatedBroker {
  readonly calls = new Set<Call>()
  readonly groups = new Map<string, Group>()
  readonly #topics = new Map<string, Slot[]>()
  readonly #world: SeededProcess
  readonly #chance: Chance
  readonly #onRecord: (record: OutgoingRecord) => void

  /** `onRecord` hears of each record as it comes to stand here. */
  constructor(world: SeededProcess, chance: Chance, onRecord: (record: OutgoingRecord) => void) {
    this.#world = world
    this.#chance = chance
    this.#onRecord = onRecord
  }

  /** The broker as one service of an instance sees it. */
  brokerOf(actor: Actor, service: string): Broker {
    return {
      retentionMs: RETENTION_MS,
      streamOf: (producer, topics) => this.#streamOf(actor, { service, producer, topics }),
      publisher: () => this.#publisherOf(actor, service),
      close: async () => {},
    }
  }

  /** Calls that could end now. */
  ready(): Call[] {
    return [...this.calls].filter((call) => call.isReady())
  }

  /** Lets a call end. Says how. */
  end(call: Call, fate: Fate): string {
    this.calls.delete(call)
    return call.run(fate)
  }

  /** Members that died and hold their partitions still. */
  lost(): { group: Group; member: Member }[] {
    return [...this.groups.values()].flatMap((group) =>
      group.members.filter(({ actor }) => actor.isGone).map((member) => ({ group, member })),
    )
  }

  /** An instance is no longer there: what it sent may still arrive, whatever else it asked for is forgotten. */
  bury(actor: Actor): void {
    for (const call of this.calls)
      if (call.actor === actor && !(call.kind === 'produce' && this.#chance.happens(LINGERING_PERCENT)))
        this.calls.delete(call)
  }

  #slotsOf(topic: string): Slot[] {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const slots = Array.from({ length: PARTITIONS }, (_, i) => ({ name: `${topic}/${i}`, records: [] }))
    this.#topics.set(topic, slots)
    return slots
  }

  #slotOf({ topic, key }: OutgoingRecord): Slot {
    let sum = 0
    for (const byte of Buffer.from(key)) sum = (sum * 31 + byte) % 65_521
    return this.#slotsOf(topic)[sum % PARTITIONS] as Slot
  }

  /** A call that its caller waits for. */
  #ask<Result>(call: Omit<Call, 'run'>, run: (fate: Fate) => { done: string; result: Result }) {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const waiting: Call = {
      ...call,
      run: (fate) => {
        this.#world.begun += 1
        const { done, result } = run(fate)
        if (call.actor.isGone) return `${done}, and nobody is there to hear so`
        if (fate === 'well') resolve(result)
        else reject(new Error('the broker is away'))
        return done
      },
    }
    this.calls.add(waiting)
    this.#world.begun += 1
    return { waiting, answer: promise }
  }

  #publisherOf(actor: Actor, service: string): Publisher {
    return {
      send: async (records) => {
        const call = {
          actor,
          kind: 'produce',
          about: `${service} ${records.length} events`,
          isReady: () => true,
        } as const
        await this.#ask(call, (fate) => ({ done: this.#append(records, fate), result: undefined })).answer
      },
      close: async () => {},
    }
  }

  /** A partition takes what came for it whole or not at all. */
  #append(records: readonly OutgoingRecord[], fate: Fate): string {
    const bySlot = Map.groupBy(records, (record) => this.#slotOf(record))
    const names: string[] = []
    for (const [slot, some] of bySlot) {
      if (fate === 'refused' || (fate === 'half' && this.#chance.happens(PARTIAL_PERCENT))) continue
      for (const record of some) {
        slot.records.push(record)
        this.#onRecord(record)
      }
      names.push(`${slot.name} +${some.length}`)
    }
    return names.join(' ')
  }

  #streamOf(actor: Actor, names: { service: string; producer: string; topics: readonly string[] }): Stream {
    const { service, producer, topics } = names
    const name = `${service} of ${producer}`
    const slots = topics.flatMap((topic) => this.#slotsOf(topic))
    const group = this.groups.get(name) ?? new Group(name, slots)
    this.groups.set(name, group)
    const member: Member = { actor, next: new Map() }
    let hasJoined = false
    return {
      producer,
      poll: async (options) => {
        if (!hasJoined) group.join(member)
        hasJoined = true
        return this.#poll(group, member, { ...options, producer })
      },
      commit: async (records) => {
        const places = records as readonly StreamedRecord[]
        const call = { actor, kind: 'offset', about: `${name} ${places.length} events`, isReady: () => true } as const
        const note = (fate: Fate) => ({ done: this.#commit(group, member, places, fate), result: undefined })
        await this.#ask(call, note).answer
      },
      close: async () => group.leave(member),
    }
  }

  #commit(group: Group, member: Member, places: readonly Place[], fate: Fate): string {
    const noted = fate === 'half' ? places.filter(() => this.#chance.happens(PARTIAL_PERCENT)) : places
    if (fate === 'refused') return 'not noted'
    return group.commit(member, noted) ? 'noted' : 'of others by now'
  }

  async #poll(group: Group, member: Member, options: PollOptions & { producer: string }): Promise<StreamedRecord[]> {
    const { limit, waitMs, signal, producer } = options
    if (signal.aborted) return []
    const isReady = (): boolean => group.waitingFor(member).length > 0
    const call = { actor: member.actor, kind: 'poll', about: group.name, isReady } as const
    const { waiting, answer } = this.#ask(call, (fate) => this.#read(group, member, { fate, limit, producer }))
    const ending = new AbortController()
    const either = AbortSignal.any([signal, ending.signal])
    const idle = sleep(waitMs, undefined, { signal: either }).catch(() => undefined)
    try {
      const found = await Promise.race([answer, idle])
      // What was handed out in the very moment must not be lost.
      return found ?? (this.calls.delete(waiting) ? [] : await answer)
    } finally {
      ending.abort()
    }
  }

  #read(group: Group, member: Member, { fate, limit, producer }: { fate: Fate; limit: number; producer: string }) {
    const chance = this.#chance
    if (fate === 'unheard' || fate === 'refused' || chance.happens(REDELIVERED_PERCENT)) group.rewind(member)
    if (fate !== 'well') return { done: 'nothing', result: [] }
    const count = chance.happens(50) ? limit : chance.between(1, 5)
    const records = group.take(member, count, chance).map((place): StreamedRecord => {
      const record = fromRecord(place.slot.records[place.offset]?.value ?? '', producer)
      if (record === undefined) throw new Error(`${place.slot.name} holds what is no event of ${producer}`)
      return { ...record, ...place }
    })
    return { done: records.map(({ slot, offset }) => `${slot.name}@${offset}`).join(' '), result: records }
  }
}
