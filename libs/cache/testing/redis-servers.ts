import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

const READY_MS = 60_000

/** A Redis of a test, which it may kill, stop for a while and start again at the same port. */
export interface RedisServer {
  port: number
  kill(): Promise<void>
  start(): Promise<void>
  /** Takes its time away: connections stay, nothing is answered. */
  freeze(): void
  thaw(): void
}

/** How a test itself speaks with its servers. */
export interface Way {
  /** Where they speak TLS, and nothing else. */
  tls?: ConnectionOptions
  /** The password of the default user. */
  password?: string
}

/** What the servers of a set ask for. */
export interface Guard {
  /** Options of all that keep data, and of Sentinel (lines of its file). */
  options?: readonly string[]
  sentinel?: readonly string[]
  way?: Way
  sentinelWay?: Way
}

/**
 * Starts a Redis of the test's own that keeps nothing, and ends it with the test. `more` are options, like `--requirepass` and a value, or the
 * path of a file of settings and what goes with it.
 */
export async function startRedis(
  t: TestContext,
  more: readonly string[] = [],
  wanted?: number,
  way: Way = {},
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-redis-'))
  const port = wanted ?? (await freePort())
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = async (): Promise<void> => {
    const program = process.env.BANKFLOW_TEST_REDIS_SERVER ?? 'redis-server'
    const usual = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
    const ports = way.tls === undefined ? ['--port', String(port)] : ['--port', '0', '--tls-port', String(port)]
    const args = more[0]?.startsWith('--') === false ? [...more] : [...ports, ...usual, ...more]
    child = spawn(program, args, { stdio: 'ignore' })
    await once(child, 'spawn')
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`redis-server ended: ${args.join(' ')}`)))
    ended.catch(() => {})
    await Promise.race([ended, answers({ port, ...way }, '*1\r\n$4\r\nPING\r\n', /^(\+PONG|-NOAUTH)/)])
  }
  t.after(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return { port, kill, start, freeze: () => child?.kill('SIGSTOP'), thaw: () => child?.kill('SIGCONT') }
}

/** A server with a replica, watched by a Sentinel that makes the replica the master when the master is away. */
export async function startSentinel(
  t: TestContext,
  { options = [], sentinel = [], way = {}, sentinelWay = {} }: Guard = {},
): Promise<{ url: string; port: number; master: RedisServer }> {
  const master = await startRedis(t, options, undefined, way)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(master.port), ...options], undefined, way)
  await answers({ port: replica.port, ...way }, 'INFO replication\r\n', /master_link_status:up/)
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-sentinel-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const ports = sentinelWay.tls === undefined ? `port ${port}` : `port 0\ntls-port ${port}`
  const watched = `sentinel monitor bank 127.0.0.1 ${master.port} 1\nsentinel down-after-milliseconds bank 500\nsentinel failover-timeout bank 3000\n`
  writeFileSync(file, `${ports}\nbind 127.0.0.1\ndir ${folder}\n${watched}${sentinel.join('\n')}\n`)
  await startRedis(t, [file, '--sentinel'], port, sentinelWay)
  await answers({ port, ...sentinelWay }, 'SENTINEL replicas bank\r\n', /^\*1/)
  return { url: `redis+sentinel://127.0.0.1:${port}/bank`, port, master }
}

/** Three masters and, of the first, a replica. */
export async function startCluster(
  t: TestContext,
  { options = [], way = {} }: Guard = {},
): Promise<{ url: string; first: RedisServer; nodes: readonly RedisServer[] }> {
  const nodes: RedisServer[] = []
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000']
  for (let i = 0; i < 4; i++) {
    const bus = await freePort()
    nodes.push(await startRedis(t, [...clustered, '--cluster-port', String(bus), ...options], undefined, way))
    const [first] = nodes as [RedisServer]
    if (i > 0)
      await asked({ port: first.port, ...way }, `CLUSTER MEET 127.0.0.1 ${nodes[i]?.port} ${bus}\r\n`, /\+OK\r\n$/)
  }
  const [first, second, third, replica] = nodes as [RedisServer, RedisServer, RedisServer, RedisServer]
  const ranges = [
    [first, 0, 5460],
    [second, 5461, 10_922],
    [third, 10_923, 16_383],
  ] as const
  for (const [{ port }, from, to] of ranges)
    await asked({ port, ...way }, `CLUSTER ADDSLOTSRANGE ${from} ${to}\r\n`, /\+OK\r\n$/)
  const id = await idOf(first, way)
  await answers({ port: replica.port, ...way }, `CLUSTER REPLICATE ${id}\r\n`, /\+OK\r\n$/)
  await answers({ port: replica.port, ...way }, 'INFO replication\r\n', /master_link_status:up/)
  for (const { port } of nodes)
    await answers({ port, ...way }, 'CLUSTER INFO\r\n', /cluster_state:ok[\s\S]*cluster_known_nodes:4/)
  return { url: `redis+cluster://127.0.0.1:${first.port},127.0.0.1:${second.port}`, first, nodes }
}

/** The name that a node of a cluster has among the others. */
export async function idOf({ port }: Pick<RedisServer, 'port'>, way: Way = {}): Promise<string> {
  const nodes = await asked({ port, ...way }, 'CLUSTER NODES\r\n', /myself/)
  return /(?:^|\n)([0-9a-f]{40}) [^\n]*myself/.exec(nodes)?.[1] ?? ''
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Where a server is and how it is spoken with. */
type Door = Way & Pick<RedisServer, 'port'>

/** What a server answers to a command. Throws unless it is as expected. */
export async function asked(door: Door, command: string, expected: RegExp): Promise<string> {
  const answer = await said(door, command)
  if (!expected.test(answer)) throw new Error(`Redis answered ${answer} to ${command}`)
  return answer
}

/** Asks until the answer is as expected. */
async function answers(door: Door, command: string, expected: RegExp): Promise<void> {
  const end = performance.now() + READY_MS
  let last = ''
  while (performance.now() < end) {
    last = await said(door, command).catch(String)
    if (expected.test(last)) return
    await sleep(50)
  }
  throw new Error(`Redis at ${door.port} answers ${last} to ${command}`)
}

/** What comes back for one command, up to a pause. */
function said({ port, tls, password }: Door, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const address = { port, host: '127.0.0.1' }
    const login = password === undefined ? '' : `AUTH "${password}"\r\n`
    const send = (): void => void socket.write(login + command)
    const socket = tls === undefined ? connect(address, send) : connectTls({ ...address, ...tls }, send)
    let answer = ''
    const told = (): string => (password === undefined ? answer : answer.replace(/^\+OK\r\n/, ''))
    socket.setTimeout(150, () => {
      if (told() === '') return
      socket.destroy()
      resolve(told())
    })
    socket.on('data', (part) => {
      answer += part.toString()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(told()))
  })
}
