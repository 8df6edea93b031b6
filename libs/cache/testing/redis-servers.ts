import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

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

/** Starts a Redis of the test's own that keeps nothing, and ends it with the test. `more` are options, like `--requirepass` and a value. */
export async function startRedis(t: TestContext, more: readonly string[] = [], wanted?: number): Promise<RedisServer> {
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
    const args = more[0]?.startsWith('--') === false ? [...more] : ['--port', String(port), ...usual, ...more]
    child = spawn(program, args, { stdio: 'ignore' })
    await once(child, 'spawn')
    await answers(port, '*1\r\n$4\r\nPING\r\n', /^(\+PONG|-NOAUTH)/)
  }
  t.after(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return { port, kill, start, freeze: () => child?.kill('SIGSTOP'), thaw: () => child?.kill('SIGCONT') }
}

/** A server with a replica, watched by a Sentinel that makes the replica the master when the master is away. */
export async function startSentinel(t: TestContext): Promise<{ url: string; master: RedisServer }> {
  const master = await startRedis(t)
  const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(master.port)])
  await answers(replica.port, 'INFO replication\r\n', /master_link_status:up/)
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-sentinel-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const watched = `sentinel monitor bank 127.0.0.1 ${master.port} 1\nsentinel down-after-milliseconds bank 500\nsentinel failover-timeout bank 3000\n`
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n${watched}`)
  await startRedis(t, [file, '--sentinel'], port)
  await answers(port, 'SENTINEL replicas bank\r\n', /^\*1/)
  return { url: `redis+sentinel://127.0.0.1:${port}/bank`, master }
}

/** Three masters and, of the first, a replica. */
export async function startCluster(t: TestContext): Promise<{ url: string; first: RedisServer }> {
  const nodes: RedisServer[] = []
  for (let i = 0; i < 4; i++) {
    const bus = await freePort()
    nodes.push(
      await startRedis(t, [
        '--cluster-enabled',
        'yes',
        '--cluster-node-timeout',
        '1000',
        '--cluster-port',
        String(bus),
      ]),
    )
    const [first] = nodes as [RedisServer]
    if (i > 0) await asked(first.port, `CLUSTER MEET 127.0.0.1 ${nodes[i]?.port} ${bus}\r\n`, /OK/)
  }
  const [first, second, third, replica] = nodes as [RedisServer, RedisServer, RedisServer, RedisServer]
  const ranges = [
    [first, 0, 5460],
    [second, 5461, 10_922],
    [third, 10_923, 16_383],
  ] as const
  for (const [{ port }, from, to] of ranges) await asked(port, `CLUSTER ADDSLOTSRANGE ${from} ${to}\r\n`, /OK/)
  const [, id] =
    /(?:^|\n)([0-9a-f]{40}) [^\n]*myself/.exec(await asked(first.port, 'CLUSTER NODES\r\n', /myself/)) ?? []
  await answers(replica.port, `CLUSTER REPLICATE ${id}\r\n`, /OK/)
  await answers(replica.port, 'INFO replication\r\n', /master_link_status:up/)
  for (const { port } of nodes) await answers(port, 'CLUSTER INFO\r\n', /cluster_state:ok[\s\S]*cluster_known_nodes:4/)
  return { url: `redis+cluster://127.0.0.1:${first.port},127.0.0.1:${second.port}`, first }
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

async function asked(port: number, command: string, expected: RegExp): Promise<string> {
  const answer = await said(port, command)
  if (!expected.test(answer)) throw new Error(`Redis answered ${answer} to ${command}`)
  return answer
}

/** Asks until the answer is as expected. */
async function answers(port: number, command: string, expected: RegExp): Promise<void> {
  const end = performance.now() + READY_MS
  let last = ''
  while (performance.now() < end) {
    last = await said(port, command).catch(String)
    if (expected.test(last)) return
    await sleep(50)
  }
  throw new Error(`Redis at ${port} answers ${last} to ${command}`)
}

/** What comes back for one command, up to a pause. */
function said(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(command))
    let answer = ''
    socket.setTimeout(150, () => {
      if (answer === '') return
      socket.destroy()
      resolve(answer)
    })
    socket.on('data', (part) => {
      answer += part.toString()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}
