import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type Actor, acting } from './seeded-process.ts'
import { type Answer, BackendStream, FrontendStream, type Unit, withoutTimeouts } from './wire.ts'

/** Where the real server is. */
export interface ServerPlace {
  readonly host: string
  readonly port: number
}

/** How a connection tells the gate that something came. */
export interface Listener {
  /** A client has something for the server, or has gone. */
  onWanted(): void
  /** The server has answered a statement, or has gone. */
  onAnswered(answer?: Answer): void
}

/**
 * One connection of an instance to its database. What the instance sends stops here, statement by statement, until `send`; what the server
 * answers stops here until `deliver`.
 */
export class GatedConnection {
  readonly name: string
  readonly actor: Actor
  /** What the instance's driver holds in its hands. */
  readonly socket: Duplex
  /** Statements that wait to be sent. */
  readonly wanted: Unit[] = []
  /** The statement that is with the server. */
  sent: Unit | undefined
  /** What the server said to `answeredUnit`, which the instance has not heard yet. */
  answer: Answer | undefined
  answered: Unit | undefined
  /** True while the statement that is with the server waits for another's lock. */
  isBlocked = false
  /** In which order waiting began. */
  blockedAt = 0
  /** True when the server gives its transaction up, because it waits in a circle. */
  isVictim = false
  /** True when the instance is no longer there, but its statement is still with the server. */
  isOrphan = false
  isClosed = false
  pid: number | undefined
  status = 'I'
  readonly #place: ServerPlace
  readonly #listener: Listener
  readonly #frontend = new FrontendStream()
  readonly #backend = new BackendStream()
  #server: Socket | undefined

  constructor(name: string, actor: Actor, place: ServerPlace, listener: Listener) {
    this.name = name
    this.actor = actor
    this.#place = place
    this.#listener = listener
    this.socket = new ClientSide(
      (chunk) => this.#take(chunk),
      () => this.#listener.onWanted(),
    )
  }

  #take(chunk: Buffer): void {
    if (this.isClosed || this.actor.isGone) return
    for (const unit of this.#frontend.take(chunk)) {
      // The words of the authentication are part of the connecting that was let through.
      if (unit.kind === 'connect' && this.sent?.kind === 'connect') this.#server?.write(unit.bytes)
      else this.wanted.push(unit)
    }
    this.#listener.onWanted()
  }

  /** Lets the oldest waiting statement through to the server. */
  send(): Unit {
    const unit = this.wanted.shift() as Unit
    this.sent = unit
    this.isBlocked = false
    if (unit.kind === 'connect') {
      this.#server = connect(this.#place)
      this.#server.setNoDelay(true)
      this.#server.on('data', (chunk: Buffer) => this.#hear(chunk))
      this.#server.on('error', () => {})
      this.#server.on('close', () => this.#listener.onAnswered())
      this.#server.write(withoutTimeouts(unit.bytes))
    } else this.#server?.write(unit.bytes)
    return unit
  }

  #hear(chunk: Buffer): void {
    const unit = this.sent
    if (unit === undefined) return
    const told = this.#backend.take(chunk, unit.kind)
    const answer = told !== undefined && this.isVictim ? asDeadlock(told) : told
    if (answer === undefined) {
      if (unit.kind === 'connect') this.#push(this.#backend.takePart())
      return
    }
    this.sent = undefined
    this.isBlocked = false
    this.isVictim = false
    this.answer = answer
    this.answered = unit
    this.pid = answer.pid
    if (answer.status !== undefined) this.status = answer.status
    this.#listener.onAnswered(answer)
  }

  /** Lets the instance hear the answer. */
  deliver(): void {
    const { answer } = this
    this.answer = undefined
    this.answered = undefined
    if (answer !== undefined) this.#push(answer.bytes)
  }

  #push(bytes: Buffer): void {
    if (bytes.length > 0 && !this.actor.isGone) acting.run(this.actor, () => this.socket.push(bytes))
  }

  /** Closes the server's side. */
  hangUp(): void {
    this.isClosed = true
    this.wanted.length = 0
    this.answer = undefined
    this.sent = undefined
    this.#server?.destroy()
  }

  /** Lets the instance notice that the connection is gone: torn, or closed as it asked for. */
  lose(error?: Error): void {
    if (!this.actor.isGone) acting.run(this.actor, () => void this.socket.destroy(error))
  }
}

const CANCELED = Buffer.from('C57014\0')
const DEADLOCK = Buffer.from('C40P01\0')

/** What the server says to a statement that was cancelled for us, as it says it to one that it gives up itself. */
function asDeadlock(answer: Answer): Answer {
  const at = answer.bytes.indexOf(CANCELED)
  if (at === -1) return answer
  const bytes = Buffer.from(answer.bytes)
  DEADLOCK.copy(bytes, at)
  return { ...answer, bytes, outcome: answer.outcome.replace('57014', '40P01') }
}

/** The stream in the driver's hands. */
class ClientSide extends Duplex {
  readonly #take: (chunk: Buffer) => void
  readonly #leave: () => void

  constructor(take: (chunk: Buffer) => void, leave: () => void) {
    super()
    this.#take = take
    this.#leave = leave
  }

  /** What the driver asks before it says goodbye. */
  get readyState(): 'open' | 'closed' {
    return this.destroyed ? 'closed' : 'open'
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#take(chunk)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#leave()
    done(error)
  }
}
