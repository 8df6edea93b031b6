import { connect, type Socket } from 'node:net'
import { newId } from '#libs/ids/ids.ts'

/**
 * A load of HTTP/1.1 requests over raw sockets, for a process of its own: the cheaper the client, the more of the two cores the bank has.
 * Reads its orders from standard input as JSON, prints its result as one JSON line. A closed loop (each client sends again as soon as it is
 * answered), or an open one at a fixed rate, where a request that finds no free connection waits for one, and the waiting counts.
 */
interface Orders {
  host: string
  port: number
  /** Where several listen: connections go to one after the other of them. */
  ports?: number[]
  /** Connections. */
  clients: number
  seconds: number
  /** Requests a second; without it the loop is closed. */
  rate_per_s?: number
  /**
   * Requests as whole texts; each client walks through its own share again and again. `{key}` becomes a new idempotency key,
   * `{uuid------------------------------}` (as long as one) a new UUIDv7, `{next--------------------------------}` the next of `ids`.
   */
  requests: string[]
  /** Shuffled: neighbours differ, so that what is taken out of one never goes back into it. */
  ids?: string[]
  okStatus: number
  /** A number in the answers' JSON, near its beginning, that is added up: how many things one request did. */
  counted?: string
}

export interface LoadResult {
  done: number
  /** The sum of what was counted in answers; `done` where nothing was. */
  counted: number
  /** Requests that were told to come later: 503 with a time in `retry-after`, which is kept. */
  later: number
  failed: number
  /** Requests that had no answer when the wait for the last ones was over. */
  unanswered: number
  seconds: number
  p50_ms: number
  p99_ms: number
  statuses: Record<string, number>
  client_cpu_s: number
}

interface Connection {
  send(text: string, intendedMs: number): void
  close(): void
}

const BLANKS = /(\{key\}|\{uuid-{30}\}|\{next-{30}\})/
/** Of an answer's body, what is kept to count in. */
const COUNTED_WITHIN = 500
/** How long the last answers are waited for. */
const PATIENCE_MS = 30_000
/** Whoever was told to come later does so within this much more than the time he was told. */
const LATER_SPREAD = 0.5
const orders = JSON.parse(await readAll()) as Orders
const requests = orders.requests.map((text) => text.split(BLANKS))
const { ids = [] } = orders
const latencies: number[] = []
const statuses: Record<string, number> = {}
const countedField = orders.counted === undefined ? undefined : new RegExp(`"${orders.counted}":(\\d+)`)
let done = 0
let counted = 0
let later = 0
let failed = 0
let sent = 0
let keys = 0
let opened = 0
let nextId = Math.floor(Math.random() * ids.length)
const run = process.pid.toString(36) + Date.now().toString(36)
const startedMs = performance.now()
const untilMs = startedMs + orders.seconds * 1000
const indices = Array.from({ length: orders.clients }, (_, index) => index)
const load = orders.rate_per_s === undefined ? Promise.all(indices.map(client)) : openLoop(orders.rate_per_s)
await Promise.race([load, patience()])
const seconds = (performance.now() - startedMs) / 1000
latencies.sort((a, b) => a - b)
const { user, system } = process.cpuUsage()
const result: LoadResult = {
  done,
  counted: countedField === undefined ? done : counted,
  later,
  failed,
  unanswered: sent - done - later - failed,
  seconds,
  p50_ms: percentile(0.5),
  p99_ms: percentile(0.99),
  statuses,
  client_cpu_s: (user + system) / 1e6,
}
console.log(JSON.stringify(result))
process.exit(0)

function percentile(share: number): number {
  return Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 100) / 100
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, untilMs + PATIENCE_MS - performance.now()))
}

/** One client of a closed loop. */
function client(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = index
    const go = (pauseMs: number): void => {
      const now = performance.now()
      if (now >= untilMs) {
        connection.close()
        resolve()
        return
      }
      if (pauseMs > 0) {
        setTimeout(go, Math.min(pauseMs, untilMs - now), 0)
        return
      }
      const parts = requests[next % requests.length] as string[]
      next += orders.clients
      connection.send(filled(parts), now)
    }
    const connection = open(go, reject)
  })
}

/** Requests at their times, whatever becomes of those before. */
function openLoop(rate: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const free: Connection[] = []
    const waiting: number[] = []
    let first = 0
    let planned = 0
    let next = 0
    const send = (connection: Connection, intendedMs: number): void =>
      connection.send(filled(requests[next++ % requests.length] as string[]), intendedMs)
    const connections = indices.map(() => {
      const connection: Connection = open(() => {
        if (first < waiting.length) send(connection, waiting[first++] as number)
        else free.push(connection)
        if (free.length === connections.length && performance.now() >= untilMs) resolve()
      }, reject)
      return connection
    })
    const tick = (): void => {
      const now = performance.now()
      for (; ; planned++) {
        const intendedMs = startedMs + (planned * 1000) / rate
        if (intendedMs > now || intendedMs >= untilMs) break
        const connection = free.pop()
        if (connection === undefined) waiting.push(intendedMs)
        else send(connection, intendedMs)
      }
      if (now < untilMs) setTimeout(tick, 1)
      else if (free.length === connections.length) resolve()
    }
    tick()
  })
}

/** A connection with one request under way at most; calls `idle` when it stands and after each answer, with the pause asked for. */
function open(idle: (pauseMs: number) => void, fail: (error: Error) => void): Connection {
  const { ports = [orders.port] } = orders
  const socket: Socket = connect(ports[opened++ % ports.length] as number, orders.host)
  socket.setNoDelay(true)
  socket.once('error', fail)
  let sentMs = 0
  let head = ''
  let end = -1
  let missing = 0
  socket.on('data', (chunk) => {
    if (end < 0 || head.length < end + COUNTED_WITHIN) head += chunk.toString('latin1')
    missing -= chunk.length
    if (end < 0) {
      end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      missing = end + 4 + lengthOf(head.slice(0, end)) - head.length
    }
    if (missing > 0) return
    const status = head.slice(9, 12)
    if (Number(status) === orders.okStatus) latencies.push(performance.now() - sentMs)
    count(status, head.slice(end))
    const pauseMs = status === '503' ? pauseIn(head.slice(0, end)) : 0
    head = ''
    end = -1
    idle(pauseMs)
  })
  socket.once('connect', () => idle(0))
  return {
    send: (text, intendedMs) => {
      sent += 1
      sentMs = intendedMs
      socket.write(text)
    },
    close: () => socket.destroy(),
  }
}

function pauseIn(head: string): number {
  const retry_after_s = Number(/retry-after: (\d+)/i.exec(head)?.[1] ?? 0)
  return retry_after_s * 1000 * (1 + Math.random() * LATER_SPREAD)
}

function lengthOf(head: string): number {
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined && !head.startsWith('HTTP/1.1 204')) throw new Error('an answer without its length')
  return Number(length ?? 0)
}

/** A request with its blanks filled in. */
function filled(parts: string[]): string {
  if (parts.length === 1) return parts[0] as string
  let text = ''
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    if (i % 2 === 0) text += part
    else if (part === '{key}') text += `${run}-${++keys}`
    else text += part.startsWith('{uuid') ? newId() : (ids[nextId++ % ids.length] as string)
  }
  return text
}

function count(status: string, body: string): void {
  if (Number(status) === orders.okStatus) {
    done += 1
    if (countedField !== undefined) counted += Number(countedField.exec(body)?.[1] ?? 0)
  } else if (status === '503') later += 1
  else failed += 1
  statuses[status] = (statuses[status] ?? 0) + 1
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  return text
}
