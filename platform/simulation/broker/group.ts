import type { Chance } from '../../demo/random.ts'
import type { Actor } from '../seeded-process.ts'

/** One partition of a topic: what stands at the broker for good, in its order. */
export interface Slot {
  readonly name: string
  readonly records: { readonly key: string; readonly value: string }[]
}

/** One instance's stream in a group of consumers. */
export interface Member {
  readonly actor: Actor
  /** Where it reads on, for each partition that it was given. */
  readonly next: Map<Slot, number>
}

/** A record of a poll with its place, by which it is committed. */
export interface Place {
  readonly slot: Slot
  readonly offset: number
}

/** How often somebody who keeps a partition in a rebalance reads it again from what was committed. */
const REREADS_PERCENT = 30

/** The consumers of one service that share the topics of one producer: each partition is read by one of them at a time. */
export class Group {
  readonly name: string
  readonly members: Member[] = []
  /** True when somebody came or went and the partitions were not given anew yet. */
  isUnsettled = false
  readonly #slots: readonly Slot[]
  readonly #owners = new Map<Slot, Member>()
  readonly #committed = new Map<Slot, number>()

  constructor(name: string, slots: readonly Slot[]) {
    this.name = name
    this.#slots = slots
  }

  join(member: Member): void {
    this.members.push(member)
    this.isUnsettled = true
  }

  leave(member: Member): void {
    const at = this.members.indexOf(member)
    if (at === -1) return
    this.members.splice(at, 1)
    this.isUnsettled = true
    for (const [slot, owner] of this.#owners) if (owner === member) this.#owners.delete(slot)
  }

  /** Gives every partition to some member. Who held records of a partition that he loses does not hear of it. */
  rebalance(chance: Chance): string {
    this.isUnsettled = false
    const given = this.members.map((member) => ({ member, names: [] as string[] }))
    for (const slot of given.length === 0 ? [] : this.#slots) {
      const { member, names } = chance.pick(given)
      const isNew = this.#owners.get(slot) !== member
      this.#owners.set(slot, member)
      if (isNew || chance.happens(REREADS_PERCENT)) member.next.set(slot, this.#committedIn(slot))
      names.push(slot.name)
    }
    return given.map(({ member, names }) => `${member.actor.name}: ${names.join(' ')}`).join('; ')
  }

  /** Partitions of a member with something to read. */
  waitingFor(member: Member): Slot[] {
    return this.#slots.filter(
      (slot) => this.#owners.get(slot) === member && (member.next.get(slot) ?? 0) < slot.records.length,
    )
  }

  /** Lets a member read again what was not committed, as after a connection that was lost. */
  rewind(member: Member): void {
    for (const slot of this.#slots)
      if (this.#owners.get(slot) === member) member.next.set(slot, this.#committedIn(slot))
  }

  /** The next records of a member, those of its partitions mixed as the seed decides. */
  take(member: Member, count: number, chance: Chance): Place[] {
    const places: Place[] = []
    for (let slots = this.waitingFor(member); slots.length > 0 && places.length < count; ) {
      const slot = chance.pick(slots)
      const offset = member.next.get(slot) ?? 0
      places.push({ slot, offset })
      member.next.set(slot, offset + 1)
      slots = this.waitingFor(member)
    }
    return places
  }

  /** Notes what a member has done; false where it does not have the partitions any more. What it has is noted, were it a step back. */
  commit(member: Member, places: readonly Place[]): boolean {
    const own = places.filter(({ slot }) => this.#owners.get(slot) === member)
    for (const { slot, offset } of own) this.#committed.set(slot, offset + 1)
    return own.length === places.length
  }

  #committedIn(slot: Slot): number {
    return this.#committed.get(slot) ?? 0
  }
}
