import type { Caller } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import type { Answer } from '#libs/http/executor.ts'
import { canonical } from '#libs/json/json.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import { isConnectionLost } from '#libs/sql/database.ts'
import type { Instance } from './instance.ts'
import type { SeededProcess } from './seeded-process.ts'
import { Violation } from './violation.ts'

/** One request as a client words it. */
export interface Asking {
  readonly operation: Operation
  readonly input: object
  readonly caller: Caller
  /** The header of an operation whose keys stand in one. */
  readonly key?: string
}

/** What a client wants once, however often it asks. */
export interface Wish {
  readonly name: string
  /** The request, and others that were sent under the same key by mistake: at most one of them may ever be decided. */
  readonly askings: Asking[]
  /** False where the answer may change from one time to the next: there is no key that remembers it. */
  readonly isKept: boolean
  /** What the client knows: which of its askings was decided, and how. */
  outcome?: { asking: number; reply?: unknown; code?: string }
  /** What of a reply is the same whenever it is asked for; all but the present state unless told. */
  readonly decidedIn?: (reply: never) => unknown
  /** Called with the reply when it is heard for the first time. */
  readonly onReply?: (reply: unknown) => void
}

/** What the clients of a service want, one wish after another. */
export interface Workload {
  /** What must be there before anything else is wished for, one group after the other. */
  readonly beginning: readonly (() => readonly Wish[])[]
  /** True where all that the beginning leads to is done before anything breaks. */
  readonly beginsAtRest: boolean
  next(): Wish
}

/** A request on its way, or its answer. */
export interface Sending {
  readonly wish: Wish
  readonly asking: number
  readonly instance: Instance
  answer?: Answer
  error?: unknown
  isAnswered: boolean
}

/** Another request under a key that was used. */
const KEY_REUSED = 'IDEMPOTENCY_KEY_REUSED'
/** Parts of an answer that tell the present state of what was made, not what was decided. */
const PRESENT = new Set(['reversed_by', 'status', 'captured_cents', 'amount_cents', 'expires_at', 'remaining_cents'])

/** The world outside: wishes, requests under way, and what was heard of them. */
export class Clients {
  readonly wishes: Wish[] = []
  readonly sendings = new Set<Sending>()
  readonly #world: SeededProcess

  constructor(world: SeededProcess) {
    this.#world = world
  }

  /** Sends one of a wish's requests to an instance. */
  send(wish: Wish, asking: number, instance: Instance): void {
    const sending: Sending = { wish, asking, instance, isAnswered: false }
    this.sendings.add(sending)
    const { operation, input, caller, key } = wish.askings[asking] as Asking
    const end = (answer: Answer | undefined, error?: unknown): void => {
      this.#world.begun += 1
      sending.isAnswered = true
      if (answer === undefined) sending.error = error
      else sending.answer = answer
    }
    instance.ask(operation, input, caller, key).then(end, (error: unknown) => end(undefined, error))
  }

  /** Answers that have left an instance and may arrive. */
  arriving(): Sending[] {
    return [...this.sendings].filter(({ isAnswered }) => isAnswered)
  }

  /** Drops what was under way to and from an instance that died; an answer that had left may still arrive. */
  forget(instance: Instance, arrives: () => boolean): void {
    for (const sending of this.sendings)
      if (sending.instance === instance && !(sending.isAnswered && arrives())) this.sendings.delete(sending)
  }

  /** Wishes of which nothing is known yet and nothing is under way. */
  unanswered(): Wish[] {
    const underWay = new Set([...this.sendings].map(({ wish }) => wish))
    return this.wishes.filter((wish) => wish.isKept && wish.outcome === undefined && !underWay.has(wish))
  }

  /** Lets the client hear an answer. Returns it in a few words; throws Violation when it contradicts what was heard before. */
  hear(sending: Sending): string {
    this.sendings.delete(sending)
    const { wish, asking, answer, error } = sending
    if (answer !== undefined) return this.#hearReply(wish, asking, answer.reply)
    if (error instanceof Fault || isConnectionLost(error)) return 'nothing is known'
    if (!(error instanceof Problem) || error.kind.status >= 500)
      throw new Violation('a request ends with an answer, a refusal or a lost connection', [
        wish.askings[asking]?.operation.id,
        error,
      ])
    return this.#hearRefusal(wish, asking, error.kind.code)
  }

  #hearReply(wish: Wish, asking: number, reply: unknown): string {
    const before = wish.outcome
    if (wish.isKept && before !== undefined) {
      const told = { wish: wish.name, before, now: { asking, reply } }
      if (before.asking !== asking) throw new Violation('a key stands for one request', [told])
      if (before.code !== undefined) throw new Violation('what was refused stays refused', [told])
      if (decidedIn(wish, before.reply) !== decidedIn(wish, reply))
        throw new Violation('a repeated request has the same answer', [told])
      return 'the same answer'
    }
    wish.outcome = { asking, reply }
    wish.onReply?.(reply)
    return 'done'
  }

  #hearRefusal(wish: Wish, asking: number, code: string): string {
    const before = wish.outcome
    if (code === KEY_REUSED) {
      if (before?.asking === asking)
        throw new Violation('a repeated request has the same answer', [{ wish: wish.name, before, now: code }])
      return code
    }
    if (wish.isKept && before !== undefined && (before.code !== code || before.asking !== asking))
      throw new Violation('a repeated request has the same answer', [
        { wish: wish.name, before, now: { asking, code } },
      ])
    wish.outcome = { asking, code }
    return code
  }
}

function decidedIn(wish: Wish, reply: unknown): string {
  return canonical(wish.decidedIn === undefined ? withoutPresent(reply) : wish.decidedIn(reply as never))
}

function withoutPresent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPresent)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !PRESENT.has(name))
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutPresent(part)]))
}
