import { lookup } from 'node:dns/promises'
import { Fault, Unreachable } from '#libs/problem/problem.ts'
import { AddressHealth, choose, type Outcome, type Standing } from './breaker.ts'
import { DEADLINE_HEADER, remainingMs } from './deadline.ts'

/** How a request may be sent. */
export interface Sending {
  /** How long this caller waits at most; the deadline of the act under way counts where it ends earlier. */
  deadlineMs: number
  /**
   * When it is sent to another address after a failure. `unsent`: only when it certainly reached nobody. `safe`: also when nothing is known,
   * because doing it twice does it once (a read, or a write with a key). The latter is for the outermost caller alone.
   */
  repeat: 'unsent' | 'safe'
  /** Reads the answer to its end before it counts as one; not for streams. */
  isWhole?: boolean
  /** Ends it early, without blame for the address. */
  end?: AbortSignal
}

/** An answer and who gave it. */
export interface Sent {
  base: string
  answer: Response
}

/** The other processes of the bank, as this one knows them. */
export interface Discovery {
  /** True when it is known where a service is. */
  knows(service: string): boolean
  /** Sends a request to one address of a service. Throws Unreachable when none answers, Fault when nobody waits any more. */
  send(service: string, path: string, init: RequestInit, sending: Sending): Promise<Sent>
  /** Asks every address of a service whether it lives; true when one does, which is then used whatever was known of it before. */
  lives(service: string): Promise<boolean>
  /** Every address that was used so far, for metrics. */
  standings(): { service: string; base: string; standing: Standing }[]
  /** Stops looking. */
  stop(): void
}

export interface DiscoveryOptions {
  /** `http://host:port`, several with commas, or `dns://name:port`, all of whose addresses count; undefined where nothing is configured. */
  addressesOf(service: string): string | undefined
  /** The addresses of a name; the system's own answer unless told. */
  resolve?(name: string): Promise<string[]>
  probeEveryMs?: number
  resolveEveryMs?: number
}

const PROBE_EVERY_MS = 1_000
const PROBE_WAIT_MS = 2_000
const RESOLVE_EVERY_MS = 5_000
/** Attempts of one request at most, the first included. */
const ATTEMPTS = 3
/** While another address is left to try, none is waited for longer than this by a request that may be repeated. */
const PATIENCE_MS = 10_000
/** An address that was given less time than this to answer is not blamed for having taken longer. */
const FAIR_MS = 1_000

/** Knows the addresses of services and how they fare. Looks by itself only where there is a choice or a name to resolve. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  const known = new Map<string, Addresses | undefined>()
  const addressesOf = (service: string): Addresses | undefined => {
    if (!known.has(service)) {
      const text = options.addressesOf(service)
      known.set(service, text === undefined ? undefined : new Addresses(text, options))
    }
    return known.get(service)
  }
  return {
    knows: (service) => addressesOf(service) !== undefined,
    send: async (service, path, init, sending) => {
      const addresses = addressesOf(service)
      if (addresses === undefined) throw new Unreachable(`no URL is configured for ${service}`)
      return sendTo(service, await addresses.list(), path, init, sending)
    },
    lives: async (service) => (await addressesOf(service)?.live()) ?? false,
    standings: () =>
      [...known].flatMap(([service, addresses]) => addresses?.standings().map((one) => ({ service, ...one })) ?? []),
    stop: () => {
      for (const addresses of known.values()) addresses?.stop()
    },
  }
}

/** The addresses of one service. */
class Addresses {
  readonly #options: DiscoveryOptions
  readonly #name: URL | undefined
  #list: readonly AddressHealth[] = []
  #first: Promise<void> | undefined
  readonly #timers: NodeJS.Timeout[] = []

  constructor(text: string, options: DiscoveryOptions) {
    this.#options = options
    if (text.startsWith('dns:')) {
      this.#name = new URL(text)
      this.#every(options.resolveEveryMs ?? RESOLVE_EVERY_MS, () => this.#resolve().catch(() => {}))
    } else {
      this.#list = text.split(',').map((base) => new AddressHealth(base.trim().replace(/\/$/, '')))
    }
    // One address is used whatever it says of itself.
    if (this.#name !== undefined || this.#list.length > 1)
      this.#every(options.probeEveryMs ?? PROBE_EVERY_MS, () => this.#probe())
  }

  async list(): Promise<readonly AddressHealth[]> {
    if (this.#name === undefined || this.#list.length > 0) return this.#list
    this.#first ??= this.#resolve().finally(() => {
      this.#first = undefined
    })
    await this.#first
    return this.#list
  }

  async live(): Promise<boolean> {
    const list = await this.list().catch((): readonly AddressHealth[] => [])
    const answers = await Promise.all(
      list.map(async (one) => {
        const isAlive = await isGood(`${one.base}/health`)
        if (isAlive) one.note('answered', performance.now())
        return isAlive
      }),
    )
    return answers.includes(true)
  }

  standings(): { base: string; standing: Standing }[] {
    const now = performance.now()
    return this.#list.map((one) => ({ base: one.base, standing: one.standing(now) }))
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  #every(ms: number, look: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void look(), ms).unref())
  }

  /** An address that stays keeps what is known of it; a name that cannot be resolved now keeps its addresses. */
  async #resolve(): Promise<void> {
    const { hostname, port } = this.#name as URL
    const found = await (this.#options.resolve ?? allAddresses)(hostname).catch((cause: unknown) => {
      throw new Unreachable(`${hostname} cannot be resolved`, { cause })
    })
    if (found.length === 0) throw new Unreachable(`${hostname} has no address`)
    const bases = found.map((address) => `http://${address.includes(':') ? `[${address}]` : address}:${port}`)
    this.#list = bases.map((base) => this.#list.find((one) => one.base === base) ?? new AddressHealth(base))
  }

  /** Asks every address whether it is ready: one that drains, or hangs, is left before a request meets it, and one that is back is used. */
  async #probe(): Promise<void> {
    await Promise.all(
      this.#list.map(async (one) => {
        one.isReady = await isGood(`${one.base}/ready`)
        if (one.isReady) one.note('answered', performance.now())
      }),
    )
  }
}

async function isGood(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_WAIT_MS) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

async function allAddresses(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

async function sendTo(
  service: string,
  addresses: readonly AddressHealth[],
  path: string,
  init: RequestInit,
  sending: Sending,
): Promise<Sent> {
  const until = performance.now() + Math.min(sending.deadlineMs, remainingMs())
  let left = [...addresses]
  let failure: Attempt | undefined
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const now = performance.now()
    const address = choose(left, now)
    if (address === undefined) break
    left = left.filter((one) => one !== address)
    if (now >= until) throw new Fault(`nobody waits for ${service} any more`)
    const canWait = sending.repeat === 'safe' && choose(left, now) !== undefined && attempt < ATTEMPTS
    const outcome = await attemptAt(address, path, init, { ...sending, deadlineMs: Math.ceil(until - now), canWait })
    if ('answer' in outcome && (outcome.answer.status !== 503 || !canWait))
      return { base: address.base, answer: outcome.answer }
    failure = outcome
    const mayGoOn = 'answer' in outcome || outcome.isUnsent || sending.repeat === 'safe'
    if (!mayGoOn || sending.end?.aborted === true) break
    if ('answer' in outcome) await outcome.answer.body?.cancel()
  }
  // None is left: all were tried, or those that were not are left alone by now.
  if (failure === undefined) throw new Unreachable(`${service} is left alone for a moment: it did not answer`)
  if ('answer' in failure) throw new Unreachable(`${service} answered 503`)
  throw new Unreachable(`${service} cannot be reached`, { cause: failure.cause })
}

type Attempt = { answer: Response } | { cause: unknown; isUnsent: boolean }

async function attemptAt(
  address: AddressHealth,
  path: string,
  init: RequestInit,
  { deadlineMs, isWhole, end, canWait }: Sending & { canWait: boolean },
): Promise<Attempt> {
  const begun = performance.now()
  const ended = address.begin(begun)
  const waitMs = canWait ? Math.min(deadlineMs, PATIENCE_MS) : deadlineMs
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${waitMs} ms`)), waitMs)
  const signal = end === undefined ? late.signal : AbortSignal.any([late.signal, end])
  const headers = new Headers(init.headers)
  // A stream goes on for as long as somebody listens.
  if (isWhole) headers.set(DEADLINE_HEADER, String(waitMs))
  let outcome: Outcome | undefined
  try {
    const answer = await fetch(address.base + path, { ...init, headers, signal })
    const whole = isWhole ? await read(answer) : answer
    outcome = answer.status === 503 ? 'busy' : 'answered'
    return { answer: whole }
  } catch (cause) {
    const isOurs = end?.aborted === true || (late.signal.aborted && waitMs < FAIR_MS)
    outcome = isOurs ? undefined : 'failed'
    return { cause, isUnsent: isUnsent(cause) }
  } finally {
    clearTimeout(timer)
    ended(outcome, performance.now())
  }
}

/** The same answer with its body in memory, so that one that breaks off is none. */
async function read(answer: Response): Promise<Response> {
  const body = await answer.arrayBuffer()
  const { status, statusText, headers } = answer
  return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers })
}

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** True when no connection was made, so that nobody has seen the request. A name may have several addresses, each with its own error. */
function isUnsent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const all = cause instanceof AggregateError ? cause.errors : [cause]
  return all.every((one) => one instanceof Error && 'code' in one && NEVER_CONNECTED.has(String(one.code)))
}
