import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'

/**
 * A closed-loop load of HTTP/1.1 requests over raw sockets, for a process of its own: the cheaper the client, the more of the two cores the
 * bank has. Reads its orders from standard input as JSON, prints its result as one JSON line.
 */
interface Orders {
  host: string
  port: number
  clients: number
  seconds: number
  /**
   * Requests as whole texts; each client walks through its own share again and again. `{key}` becomes a new idempotency key, and
   * `{uuid------------------------------}` (as long as one) a new UUID.
   */
  requests: string[]
  okStatus: number
}

export interface LoadResult {
  done: number
  failed: number
  seconds: number
  p50_ms: number
  p99_ms: number
  statuses: Record<string, number>
  client_cpu_s: number
}

const UUID = '{uuid------------------------------}'
const orders = JSON.parse(await readAll()) as Orders
const latencies: number[] = []
const statuses: Record<string, number> = {}
let done = 0
let failed = 0
let keys = 0
const run = process.pid.toString(36) + Date.now().toString(36)
const startedMs = performance.now()
const untilMs = startedMs + orders.seconds * 1000
await Promise.all(Array.from({ length: orders.clients }, (_, index) => client(index)))
const seconds = (performance.now() - startedMs) / 1000
latencies.sort((a, b) => a - b)
const { user, system } = process.cpuUsage()
const result: LoadResult = {
  done,
  failed,
  seconds,
  p50_ms: percentile(0.5),
  p99_ms: percentile(0.99),
  statuses,
  client_cpu_s: (user + system) / 1e6,
}
console.log(JSON.stringify(result))

function percentile(share: number): number {
  return Math.round((latencies[Math.floor(latencies.length * share)] ?? 0) * 100) / 100
}

function client(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(orders.port, orders.host)
    socket.setNoDelay(true)
    socket.once('error', reject)
    let next = index
    let sentMs = 0
    let buffered = ''
    const send = (): void => {
      if (performance.now() >= untilMs) {
        socket.destroy()
        resolve()
        return
      }
      const text = orders.requests[next % orders.requests.length] as string
      next += orders.clients
      sentMs = performance.now()
      socket.write(filled(text))
    }
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1')
      const end = endOfResponse(buffered)
      if (end === undefined) return
      latencies.push(performance.now() - sentMs)
      count(buffered.slice(9, 12))
      buffered = buffered.slice(end)
      send()
    })
    socket.once('connect', send)
  })
}

function filled(text: string): string {
  const keyed = text.includes('{key}') ? text.replace('{key}', `${run}-${++keys}`) : text
  return keyed.includes(UUID) ? keyed.replace(UUID, randomUUID()) : keyed
}

function count(status: string): void {
  if (Number(status) === orders.okStatus) done += 1
  else failed += 1
  statuses[status] = (statuses[status] ?? 0) + 1
}

/** Where a response with a content-length ends, or undefined while it is incomplete. */
function endOfResponse(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1]
  const end = head + 4 + Number(length ?? 0)
  return text.length >= end ? end : undefined
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  return text
}
