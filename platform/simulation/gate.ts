import type { Duplex } from 'node:stream'
import { GatedConnection, type ServerPlace } from './gated-connection.ts'
import type { Monitor } from './monitor.ts'
import { type Actor, machineSleep, type SeededProcess } from './seeded-process.ts'

/** A circle of statements that wait for each other, as the server would find it by killing one of them. */
export class Deadlock extends Error {
  readonly rows: readonly string[]

  constructor(rows: readonly string[]) {
    super('statements wait for each other in a circle')
    this.rows = rows
  }
}

/** What a statement outside a transaction has committed by itself, as its outcome says. */
const COMMITTED = /^(COMMIT|INSERT|UPDATE|DELETE)/
/** A statement whose outcome is a SELECT, and that wrote all the same. */
const WRITING = /\b(insert into|delete from|(?<!for |no key )update)\b/

/** What is decided by the databases' own clocks. */
const LEASES = /\bleases\b/

const LOOK_MS = 1
/** How long a statement may take on the machine's clock before the simulator takes it for stuck. */
const PATIENCE_MS = 240_000

interface GateOptions {
  /** True where circles of waiting statements are broken as the server would; else one is a Deadlock. */
  readonly breaksCircles: boolean
  /** Functions of the databases that may write: a SELECT that calls one commits what it wrote. */
  readonly functions: readonly string[]
  /** Sets the databases' own clocks to the time of the world. */
  tellTime(): Promise<void>
}

/**
 * All connections between the instances and their databases. One statement is with the server at a time, those apart that wait for a lock:
 * they stand still until the one who holds it ends, so that nothing is left to the machine's timing.
 */
export class Gate {
  readonly connections = new Set<GatedConnection>()
  /** Circles that the server broke by giving up a transaction in it. */
  readonly circles: (readonly string[])[] = []
  /** How often something was committed. */
  commits = 0
  readonly #world: SeededProcess
  readonly #monitor: Monitor
  readonly #breaksCircles: boolean
  readonly #functions: readonly string[]
  readonly #tellTime: () => Promise<void>
  readonly #counts = new Map<Actor, number>()
  #wake: () => void = () => {}
  #blocked = 0

  constructor(world: SeededProcess, monitor: Monitor, { breaksCircles, functions, tellTime }: GateOptions) {
    this.#tellTime = tellTime
    this.#world = world
    this.#breaksCircles = breaksCircles
    this.#functions = functions.map((name) => `${name}(`)
    this.#monitor = monitor
  }

  /** What the driver of an actor gets instead of a socket to the server. */
  open(actor: Actor, place: ServerPlace): Duplex {
    const count = (this.#counts.get(actor) ?? 0) + 1
    this.#counts.set(actor, count)
    const connection = new GatedConnection(`${actor.name}.${count}`, actor, place, {
      onWanted: () => {
        this.#world.begun += 1
      },
      onAnswered: (answer) => {
        // An answer may have been on its way already when its server process was stopped.
        if (connection.pid !== undefined) this.#monitor.letGo(connection.pid)
        if (answer?.status === 'I' && this.#hasCommitted(answer.outcome, connection.answered?.text ?? ''))
          this.commits += 1
        this.#wake()
      },
    })
    if (!actor.isGone) this.connections.add(connection)
    return connection.socket
  }

  #hasCommitted(outcome: string, text: string): boolean {
    if (COMMITTED.test(outcome)) return true
    if (!outcome.startsWith('SELECT')) return false
    return WRITING.test(text) || this.#functions.some((call) => text.includes(call))
  }

  /** Connections on which a statement waits to be sent. */
  ready(): GatedConnection[] {
    return [...this.connections].filter(
      ({ wanted, sent, answer, isOrphan }) =>
        wanted.length > 0 && sent === undefined && answer === undefined && !isOrphan,
    )
  }

  /** Connections whose instance has an answer to hear. */
  answered(): GatedConnection[] {
    return [...this.connections].filter(({ answer, isOrphan }) => answer !== undefined && !isOrphan)
  }

  /** Lets one statement through, and waits until it, and whomever it released, is answered or waits for a lock. */
  async send(connection: GatedConnection): Promise<void> {
    if (connection.wanted[0]?.kind === 'terminate') return this.#close(connection)
    if (LEASES.test(connection.wanted[0]?.text ?? '')) await this.#tellTime()
    connection.send()
    await this.settle()
  }

  /** Lets an instance hear an answer and act on it. */
  async deliver(connection: GatedConnection): Promise<void> {
    connection.deliver()
    await this.#world.quiet()
  }

  /** Closes what an instance has closed, which the server only learns now. */
  async sweep(): Promise<void> {
    for (const connection of this.connections)
      if (connection.socket.destroyed && !connection.isOrphan) await this.#close(connection)
  }

  /** Tears a connection: the server rolls back, and the instance (if it lives) learns that it is gone, nothing else. */
  async cut(connection: GatedConnection): Promise<void> {
    await this.#forget(connection, false)
    connection.lose(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    await this.settle()
    await this.#world.quiet()
  }

  /** Takes an actor's connections away. A statement that waits for a lock may outlive it, as the server does not look who still listens. */
  async abandon(actor: Actor, lingers: (connection: GatedConnection) => boolean): Promise<void> {
    for (const connection of this.connections) {
      if (connection.actor !== actor) continue
      await this.#forget(connection, connection.sent !== undefined && lingers(connection))
    }
    await this.settle()
  }

  /** Ends everything. */
  async end(): Promise<void> {
    const pids = [...this.connections].flatMap(({ pid }) => pid ?? [])
    for (const connection of this.connections) connection.hangUp()
    await this.#monitor.end(pids)
  }

  async #close(connection: GatedConnection): Promise<void> {
    await this.#forget(connection, false)
    connection.lose()
    await this.settle()
    await this.#world.quiet()
  }

  async #forget(connection: GatedConnection, isOrphan: boolean): Promise<void> {
    const { pid, sent } = connection
    if (isOrphan) {
      connection.isOrphan = true
      connection.wanted.length = 0
      return
    }
    this.connections.delete(connection)
    connection.hangUp()
    if (pid === undefined) return
    if (sent === undefined) await this.#monitor.gone([pid])
    else await this.#monitor.end([pid])
  }

  /** Waits until every statement that is with the server is answered or waits for a lock. */
  async settle(): Promise<void> {
    const since = performance.now()
    for (;;) {
      if (await this.#goOn()) continue
      const open = [...this.connections].filter(({ sent }) => sent !== undefined)
      if (open.length === 0) return
      const running = open.filter(({ isBlocked }) => !isBlocked)
      if (running.length > 0) await this.#watch(running)
      else if (!(await this.#releaseOne(open))) return
      if (performance.now() - since > PATIENCE_MS)
        throw new Error(`statements do not end: ${open.map(({ sent }) => sent?.text).join('; ')}`)
    }
  }

  /** Waits for an answer for a moment; then those that wait for a lock are told from those that take their time. */
  async #watch(running: readonly GatedConnection[]): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), machineSleep(LOOK_MS)])
    // One whose transaction is given up still waits until it notices, and is not to be stopped before.
    const going = running.filter(({ isVictim }) => !isVictim)
    const asked = going.filter(({ pid, sent }) => pid !== undefined && sent !== undefined)
    if (asked.length < going.length || asked.length === 0) return
    const waits = await this.#monitor.waits(asked.map(({ pid }) => pid as number))
    for (const connection of asked) {
      if (connection.sent === undefined || !waits.has(connection.pid as number)) continue
      connection.isBlocked = true
      connection.blockedAt = ++this.#blocked
      this.#monitor.hold(connection.pid as number)
    }
  }

  /** Lets the first of those who wait no more go on, alone; false when all of them still wait. Throws Deadlock, or does as the server. */
  async #releaseOne(open: readonly GatedConnection[]): Promise<boolean> {
    const waits = await this.#monitor.waits(open.map(({ pid }) => pid as number))
    const free = open.filter(({ pid }) => !waits.has(pid as number)).sort((a, b) => a.blockedAt - b.blockedAt)
    const [next] = free
    if (next !== undefined) {
      next.isBlocked = false
      this.#monitor.letGo(next.pid as number)
      return true
    }
    const circle = circleIn(waits)
    if (circle === undefined) return false
    const members = open.filter(({ pid }) => circle.includes(pid as number))
    const texts = members.map(({ name, sent }) => `${name}: ${sent?.text}`)
    if (!this.#breaksCircles) throw new Deadlock(texts)
    this.circles.push(texts)
    const victim = members.reduce((last, member) => (member.blockedAt > last.blockedAt ? member : last))
    victim.isVictim = true
    victim.isBlocked = false
    await this.#monitor.cancel(victim.pid as number)
    return true
  }

  /** Sends what follows a description at once, and closes orphans that came to their end; true when there was one. */
  async #goOn(): Promise<boolean> {
    for (const connection of this.connections) {
      if (connection.answer === undefined) continue
      if (connection.isOrphan) {
        await this.#forget(connection, false)
        return true
      }
      if (connection.answered?.kind === 'describe') {
        await this.deliver(connection)
        if (connection.wanted.length > 0) connection.send()
        return true
      }
    }
    return false
  }
}

/** The members of a circle of waiting processes, where there is one; not those who wait for somebody in it, or for whom one in it waits too. */
function circleIn(waits: ReadonlyMap<number, readonly number[]>): number[] | undefined {
  for (const start of waits.keys()) {
    const seen = new Set<number>()
    const wayBack = (pid: number): number[] | undefined => {
      const holders = new Set(waits.get(pid))
      if (holders.has(start)) return [pid]
      // In the order of `waits`, so that the machine has no say in it.
      for (const holder of waits.keys()) {
        if (!holders.has(holder) || seen.has(holder)) continue
        seen.add(holder)
        const way = wayBack(holder)
        if (way !== undefined) return [pid, ...way]
      }
      return undefined
    }
    const circle = wayBack(start)
    if (circle !== undefined) return circle
  }
  return undefined
}
