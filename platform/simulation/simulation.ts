import { isOfTheLoad } from '#libs/sql/database.ts'
import type { Chance } from '../demo/random.ts'
import { brokerOptions, calmBrokerOptions } from './broker/broker-options.ts'
import type { SimulatedBroker } from './broker/simulated-broker.ts'
import { Clients, type Sending, type Wish, type Workload } from './clients.ts'
import type { Gate } from './gate.ts'
import type { GatedConnection } from './gated-connection.ts'
import { Instance, type Surroundings } from './instance.ts'
import type { Invariants } from './invariants.ts'
import type { Option } from './option.ts'
import type { SeededProcess } from './seeded-process.ts'
import type { Trace } from './trace.ts'
import { Violation } from './violation.ts'

/** Everything that one simulation is made of. */
export interface Setting {
  readonly world: SeededProcess
  readonly gate: Gate
  readonly chance: Chance
  readonly trace: Trace
  readonly around: Surroundings
  readonly workload: Workload
  readonly invariants: Invariants
  /** A step takes at most so long, in milliseconds. */
  readonly pace_ms: number
  readonly faults: number
  /** What takes events from service to service, where it is not their logs. */
  readonly broker?: SimulatedBroker
}

const INSTANCES = 3
/** Requests under way at most. */
const CROWD = 30
const CHECK_ALL_EVERY_COMMITS = 40
const REPEATED_AT_THE_END = 100
/** How often the clock may go on to the next timer until everything is done. */
const PATIENCE = 3_000
const TEXT_LENGTH = 90

/** Decides, step by step, what happens next, and looks after each step whether everything that must hold does. */
export class Simulation {
  readonly clients: Clients
  step = 0
  readonly #setting: Setting
  #instances: Instance[] = []
  #started = 0
  #alarm: Violation | undefined
  /** What clients heard and was not looked up yet. */
  readonly #heard = new Set<Wish>()
  #checkedCommits = 0
  #checkedAllCommits = 0
  /** At the end nothing breaks any more, and everything must come to its end. */
  #isCalm = false

  constructor(setting: Setting) {
    this.#setting = setting
    this.clients = new Clients(setting.world)
  }

  /** Reports what must not happen beside the steps; the next step throws it. */
  alarm(violation: Violation): void {
    this.#alarm ??= violation
  }

  /** Runs so many steps, then lets everything come to its end and looks at all of it. Throws Violation. */
  async run(steps: number): Promise<void> {
    const { workload } = this.#setting
    this.#start()
    await this.#until(() => this.#open().length > 0)
    for (const begin of workload.beginning) {
      for (const wish of begin()) this.#wish(wish)
      await this.#until(() => this.clients.sendings.size === 0)
    }
    if (workload.beginsAtRest) await this.#finish()
    while (this.step < steps) await this.#take(() => this.#options())
    await this.#comeToRest()
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (let i = 0; !isSo(); i++) {
      if (i === PATIENCE) throw new Violation('an instance starts', [])
      await this.#take(() => this.#calmOptions())
    }
  }

  async #comeToRest(): Promise<void> {
    const { invariants, chance } = this.#setting
    this.#isCalm = true
    await this.#finish()
    const kept = this.clients.wishes.filter((wish) => wish.outcome !== undefined)
    for (let i = 0; i < Math.min(REPEATED_AT_THE_END, kept.length); i++) {
      const wish = chance.pick(kept)
      this.clients.send(wish, wish.outcome?.asking ?? 0, chance.pick(this.#open()))
    }
    await this.#finish()
    await invariants.checkNews()
    await invariants.checkAll()
    for (const wish of kept) await invariants.checkHeard(wish)
    await invariants.checkRest()
  }

  /** Until every request is answered and nobody has anything left to do. */
  async #finish(): Promise<void> {
    let undone: readonly unknown[] = []
    for (let waited = 0; waited < PATIENCE; ) {
      const options = this.#calmOptions()
      if (options.length > 0) {
        await this.#take(() => options)
        continue
      }
      undone = await this.#setting.invariants.leftUndone()
      if (undone.length === 0 && this.clients.sendings.size === 0 && this.#open().length > 0) return
      waited += 1
      await this.#take(() => [{ weight: 1, run: () => this.#letTimePass() }])
    }
    throw new Violation('everything comes to its end', [...undone, ...[...this.clients.sendings].map(labelOf)])
  }

  /** One step: a little time, one decision, one look. */
  async #take(optionsNow: () => readonly Option[]): Promise<void> {
    const { world, chance, pace_ms } = this.#setting
    this.step += 1
    world.nowMs += chance.between(0, pace_ms)
    await this.#settleDown()
    const options = optionsNow()
    if (options.length === 0) await this.#letTimePass()
    else await pickOf(options, chance).run()
    await this.#settleDown()
    await this.#look().catch((error: unknown) => {
      // Who makes a table lets nobody read until it has it: then it is looked at after the next step.
      if (!isOfTheLoad(error)) throw error
    })
  }

  async #look(): Promise<void> {
    const { gate, invariants } = this.#setting
    const { commits } = gate
    for (const wish of this.#heard) {
      await invariants.checkHeard(wish)
      this.#heard.delete(wish)
    }
    if (commits === this.#checkedCommits) return
    await invariants.checkNews()
    this.#checkedCommits = commits
    if (commits - this.#checkedAllCommits < CHECK_ALL_EVERY_COMMITS) return
    await invariants.checkAll()
    this.#checkedAllCommits = commits
  }

  /** Lets everybody do what needs neither the database nor the clock. */
  async #settleDown(): Promise<void> {
    const { world, gate } = this.#setting
    do await world.quiet()
    while (world.runDue())
    await gate.sweep()
    for (const instance of this.#instances.filter(({ state }) => state === 'gone')) await this.#bury(instance)
    if (this.#alarm !== undefined) throw this.#alarm
  }

  #options(): Option[] {
    const { chance, gate, faults } = this.#setting
    const ready = gate.ready()
    const open = this.#open()
    const options = this.#goingOn()
    const add = (weight: number, run: () => Promise<void> | void): void => {
      options.push({ weight, run: async () => run() })
    }
    if (open.length > 0) {
      const { sendings, wishes } = this.clients
      const unanswered = this.clients.unanswered()
      if (sendings.size < CROWD) add(2_000, () => this.#wish(this.#setting.workload.next()))
      if (sendings.size < CROWD && wishes.length > 0) add(300, () => this.#ask(chance.pick(wishes.slice(-60))))
      if (unanswered.length > 0) add(400, () => this.#ask(chance.pick(unanswered)))
      add(4 * faults, () => this.#crash(chance.pick(open), undefined))
      add(6, () => this.#skew(chance.pick(open)))
      if (open.length > 1) add(4, () => this.#stop(chance.pick(open)))
    }
    if (this.#instances.length < INSTANCES)
      add(this.#instances.length === 0 ? 1_000 : this.#instances.length === 1 ? 100 : 15, () => this.#start())
    if (ready.length > 0) {
      add(14 * faults, () => this.#cut(chance.pick(ready)))
      add(8 * faults, () => this.#crashAt(chance.pick(ready)))
    }
    add(20, () => this.#letTimePass(chance.pick([100, 1_000, 5_000, 30_000])))
    const { broker } = this.#setting
    if (broker !== undefined) options.push(...brokerOptions(broker, chance, faults, this.#noteCall))
    return options
  }

  /** Statements to be sent, answers to be heard, by the instances and by the clients. */
  #goingOn(): Option[] {
    const { gate } = this.#setting
    return [
      ...gate.ready().map((connection) => ({ weight: 1_000, run: () => this.#send(connection) })),
      ...gate.answered().map((connection) => ({ weight: 1_500, run: () => this.#deliver(connection) })),
      ...this.clients.arriving().map((sending) => ({ weight: 600, run: () => this.#hear(sending) })),
    ]
  }

  /** What goes on when nothing breaks. */
  #calmOptions(): Option[] {
    const options = this.#goingOn()
    const open = this.#open()
    if (this.#instances.length === 0) options.push({ weight: 1_000, run: async () => this.#start() })
    const { broker, chance } = this.#setting
    if (broker !== undefined) options.push(...calmBrokerOptions(broker, chance, this.#noteCall))
    const [unanswered] = this.#isCalm && open.length > 0 ? this.clients.unanswered() : []
    if (unanswered !== undefined) options.push({ weight: 500, run: async () => this.#ask(unanswered) })
    return options
  }

  #open(): Instance[] {
    return this.#instances.filter(({ state }) => state === 'open')
  }

  #note(kind: string, line: string, bytes?: Uint8Array): void {
    const { world, trace } = this.#setting
    trace.add(kind, `#${this.step} ${new Date(world.nowMs).toISOString().slice(8, 23)} ${line}`, bytes)
  }

  readonly #noteCall = (kind: string, line: string): void => this.#note(kind, line)

  async #send(connection: GatedConnection): Promise<void> {
    const { gate, chance } = this.#setting
    const [unit] = connection.wanted
    await gate.send(connection)
    const outcome = connection.isBlocked ? 'waits for a lock' : (connection.answer?.outcome ?? '')
    const text = unit?.text === '' ? unit.kind : unit?.text.slice(0, TEXT_LENGTH)
    this.#note('send', `${connection.name} "${text}" → ${outcome}`, unit?.kind === 'connect' ? undefined : unit?.bytes)
    if (connection.answer !== undefined && chance.happens(75)) await gate.deliver(connection)
  }

  async #deliver(connection: GatedConnection): Promise<void> {
    this.#note('deliver', `${connection.name} hears ${connection.answer?.outcome}`)
    await this.#setting.gate.deliver(connection)
  }

  async #hear(sending: Sending): Promise<void> {
    const told = this.clients.hear(sending)
    this.#note('hear', `${labelOf(sending)}: ${told}`)
    this.#heard.add(sending.wish)
  }

  #wish(wish: Wish): void {
    this.clients.wishes.push(wish)
    this.#ask(wish)
  }

  #ask(wish: Wish): void {
    const { chance } = this.#setting
    const instance = chance.pick(this.#open())
    const asking = chance.between(0, wish.askings.length - 1)
    this.#note('ask', `${instance.actor.name} ${wish.name}${asking === 0 ? '' : ` (${asking})`}`)
    this.clients.send(wish, asking, instance)
  }

  #start(): void {
    this.#started += 1
    const instance = new Instance(`i${this.#started}`, this.#setting.around)
    this.#instances.push(instance)
    this.#note('start', instance.actor.name)
    instance.open()
  }

  #stop(instance: Instance): void {
    this.#note('stop', instance.actor.name)
    instance.stop()
  }

  /** Kills the instance of a connection: before its statement, or when the server has carried it out and nobody has heard. */
  async #crashAt(connection: GatedConnection): Promise<void> {
    const { gate, chance } = this.#setting
    const instance = this.#instances.find(({ actor }) => actor === connection.actor) as Instance
    const unit = connection.wanted[0]
    const isSent = chance.happens(60)
    if (isSent) await gate.send(connection)
    await this.#crash(
      instance,
      `${isSent ? 'after' : 'before'} ${connection.name} "${unit?.text.slice(0, TEXT_LENGTH)}"`,
    )
  }

  async #crash(instance: Instance, when: string | undefined): Promise<void> {
    this.#note('crash', `${instance.actor.name} ${when ?? ''}`)
    instance.kill()
    await this.#bury(instance)
  }

  async #bury(instance: Instance): Promise<void> {
    const { gate, chance } = this.#setting
    this.#instances = this.#instances.filter((other) => other !== instance)
    instance.kill()
    this.clients.forget(instance, () => chance.happens(30))
    this.#setting.broker?.bury(instance.actor)
    await gate.abandon(instance.actor, () => chance.happens(50))
  }

  async #cut(connection: GatedConnection): Promise<void> {
    const { gate, chance } = this.#setting
    const [unit] = connection.wanted
    const isSent = chance.happens(60)
    if (isSent) await gate.send(connection)
    this.#note('cut', `${connection.name} ${isSent ? 'after' : 'before'} "${unit?.text.slice(0, TEXT_LENGTH)}"`)
    if (gate.connections.has(connection)) await gate.cut(connection)
  }

  #skew({ actor }: Instance): void {
    actor.skewMs = this.#setting.chance.pick([0, 5, 900, -900, 4_000, -4_000, 20_000, -20_000])
    this.#note('skew', `${actor.name} ${actor.skewMs} ms`)
  }

  /** Lets so much time pass, or as much as the next timer wants. */
  async #letTimePass(ms?: number): Promise<void> {
    const { world } = this.#setting
    const next = Math.max(1, Math.ceil((world.nextDueMs() ?? world.nowMs) - world.nowMs))
    world.nowMs += ms ?? next
    if (ms !== undefined) this.#note('time', `${ms} ms`)
  }
}

function labelOf({ wish, instance, asking }: Sending): string {
  return `${instance.actor.name} ${wish.name}${asking === 0 ? '' : ` (${asking})`}`
}

function pickOf(options: readonly Option[], chance: Chance): Option {
  let left = chance.between(
    1,
    options.reduce((sum, { weight }) => sum + weight, 0),
  )
  for (const option of options) {
    left -= option.weight
    if (left <= 0) return option
  }
  return options.at(-1) as Option
}
