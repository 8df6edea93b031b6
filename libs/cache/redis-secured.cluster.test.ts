import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import type { Cache } from './cache.ts'
import type { RedisTls } from './redis-client.ts'
import { type Certificate, newTestAuthority, type TestAuthority } from './testing/certificates.ts'
import { actsAsOne, back, eventually, isAllowed, open, survivesFailover } from './testing/processes.ts'
import { joined, listening, slowProxy } from './testing/proxies.ts'
import {
  asked,
  idOf,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
  type Way,
} from './testing/redis-servers.ts'

const PASSWORD = 'p@ss/w:rd+1%'
const IN_URL = encodeURIComponent(PASSWORD)
const SENTINEL_PASSWORD = 's&nt=nel#+2'
/** What the README grants to the bank's user; `bank:` is the prefix of the tests. */
const RIGHTS = [
  ...['resetkeys', 'resetchannels', '~bank:*', '&bank:*', '-@all', '+info', '+select'],
  ...[
    '+eval',
    '+evalsha',
    '+get',
    '+set',
    '+unlink',
    '+del',
    '+hget',
    '+hmget',
    '+hset',
    '+hincrby',
    '+pexpire',
    '+time',
  ],
  ...['+publish', '+subscribe', '+cluster|slots', '+cluster|info'],
]

/** Why these tests cannot be made here, or false. */
function lacking(): string | false {
  const { error, stdout, stderr } = spawnSync(
    process.env.BANKFLOW_TEST_REDIS_SERVER ?? 'redis-server',
    ['--port', '0', '--tls-port', 'none'],
    { encoding: 'utf8', timeout: 60_000 },
  )
  if (error !== undefined) return 'there is no redis-server (BANKFLOW_TEST_REDIS_SERVER)'
  return /bad directive/i.test(stdout + stderr) ? 'this redis-server is built without TLS' : false
}

/** The options of a server that shows a certificate, and asks for one where `clients` says so. */
function speaksTls({ caFile }: TestAuthority, { certFile, keyFile }: Certificate, clients: 'no' | 'yes' = 'no') {
  const files = ['--tls-ca-cert-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile]
  return [...files, '--tls-auth-clients', clients, '--tls-replication', 'yes', '--tls-cluster', 'yes']
}

/** A user of the bank's beside an administrator's, who is the test. */
const BANK = ['--requirepass', 'admin', '--masterauth', 'admin', '--user', 'bank', 'on', `>${PASSWORD}`, ...RIGHTS]

/** A process that opens without Redis, and the one line that it says. */
async function isRefused(t: TestContext, url: string, tls: RedisTls, reason: RegExp): Promise<void> {
  const lines: string[] = []
  const cache = await open(t, url, lines, tls)
  assert.equal(cache.figures().isCutOff, true)
  assert.equal(lines.length, 1, lines.join(''))
  const { msg, reason: told } = JSON.parse(lines[0] as string) as { msg: string; reason: string }
  assert.match(`${msg}: ${told}`, /^Redis cannot be reached; this process goes on by itself: [^\n]+$/)
  assert.match(told, reason)
  for (const secret of [PASSWORD, IN_URL, SENTINEL_PASSWORD, 'wr@ng']) assert.ok(!lines.join('').includes(secret), told)
  const taken = await cache.take('ana', 1)
  assert.deepEqual([taken.isAllowed, taken.isCountedTogether ?? false], [true, false])
  assert.equal(await isAllowed(cache.take('ana', 1)), false, 'the process counts by itself')
  assert.equal(await cache.get('key'), null)
  assert.equal((await cache.lock('lock', 1_000))?.isHeld, false)
}

describe('a cache in a secured Redis', { skip: lacking() }, () => {
  test('is one for all processes by TLS alone, as a user who may do no more than the README says', async (t) => {
    const authority = await newTestAuthority(t)
    const server = await authority.issue({ ip: ['127.0.0.1'], dns: ['localhost'] })
    const { port } = await startRedis(t, [...speaksTls(authority, server), ...BANK], undefined, {
      tls: { ca: authority.ca },
    })
    const { ca } = authority
    const [one, other] = await actsAsOne(t, `rediss://bank:${IN_URL}@127.0.0.1:${port}/3`, { ca })
    const byName = await open(t, `rediss://bank:${IN_URL}@localhost:${port}`, [], { ca })
    for (const cache of [one, other, byName]) assert.deepEqual(cache.figures().failures, 0)
    assert.equal(byName.figures().isCutOff, false)
  })

  test('goes on without a server that it cannot trust or that does not let it in, and says why in one line', async (t) => {
    const authority = await newTestAuthority(t)
    const { ca } = authority
    const another = await newTestAuthority(t)
    const server = await authority.issue({ ip: ['127.0.0.1'] })
    const way = { tls: { ca } }
    const { port } = await startRedis(t, [...speaksTls(authority, server), ...BANK], undefined, way)
    const at = `bank:${IN_URL}@127.0.0.1:${port}`
    await isRefused(t, `rediss://${at}`, { ca: another.ca }, /signature|unable to|issuer/)
    await isRefused(t, `rediss://${at}`, {}, /unable to|self-signed|issuer/)
    await isRefused(t, `rediss://bank:${IN_URL}@localhost:${port}`, { ca }, /localhost/)
    await isRefused(t, `rediss://bank:wr%40ng@127.0.0.1:${port}`, { ca }, /WRONGPASS/)
    await isRefused(t, `rediss://127.0.0.1:${port}`, { ca }, /NOAUTH/)
    await isRefused(t, `redis://${at}`, {}, /closed|reset/i)
  })

  test('shows a certificate of its own to a server that wants one', async (t) => {
    const authority = await newTestAuthority(t)
    const { ca } = authority
    const { cert, key } = await authority.issue({ dns: ['gateway'] })
    const server = await authority.issue({ ip: ['127.0.0.1'] })
    const own = { ca, cert: server.cert, key: server.key }
    const { port } = await startRedis(t, [...speaksTls(authority, server, 'yes'), ...BANK], undefined, { tls: own })
    const url = `rediss://bank:${IN_URL}@127.0.0.1:${port}`
    await actsAsOne(t, url, { ca, cert, key })
    // What the server says of it is lost where its end of the connection is heard first.
    await isRefused(t, url, { ca }, /certificate required|ECONNRESET/)
    const another = await (await newTestAuthority(t)).issue({ dns: ['gateway'] })
    await isRefused(t, url, { ca, cert: another.cert, key: another.key }, /alert|ECONNRESET/)
  })

  test('says once more that Redis is another one now, which does not let it in', async (t) => {
    const server = await startRedis(t, ['--requirepass', PASSWORD])
    const lines: string[] = []
    const cache = await open(t, `redis://:${IN_URL}@127.0.0.1:${server.port}`, lines)
    lines.length = 0
    await server.kill()
    await eventually(() => cache.figures().isCutOff, 'the loss is seen')
    const another = await startRedis(t, ['--requirepass', 'another'], server.port)
    await eventually(() => lines.length === 2, 'the reason is known')
    assert.match(lines[1] as string, /WRONGPASS.*does not let this process in/)
    assert.equal((await cache.take('ana', 1)).isAllowed, true)
    await another.kill()
    await server.start()
    await back(cache)
    assert.equal(lines.length, 3, lines.join(''))
    assert.ok(!lines.join('').includes(PASSWORD))
  })

  test('says nothing of a password that a server quotes, because it knows none', async (t) => {
    const { port } = await startRedis(t, ['--rename-command', 'AUTH', '', '--rename-command', 'HELLO', ''])
    await isRefused(t, `redis://bank:${IN_URL}@127.0.0.1:${port}`, {}, /^ERR unknown command 'auth'$/i)
  })

  test('follows Sentinel, which asks for another password, to the server that takes over', async (t) => {
    const guard = {
      options: BANK,
      sentinel: [
        'sentinel auth-pass bank admin',
        'requirepass watch',
        `user guard on >${SENTINEL_PASSWORD} resetchannels &+switch-master -@all +sentinel|get-master-addr-by-name +sentinel|sentinels +subscribe`,
      ],
      way: { password: 'admin' },
      sentinelWay: { password: 'watch' },
    }
    const { port, master } = await startSentinel(t, guard)
    const of = (data: string, sentinel: string): string =>
      `redis+sentinel://${data}@127.0.0.1:${port}/bank?sentinel_username=guard&sentinel_password=${sentinel}`
    const known = encodeURIComponent(SENTINEL_PASSWORD)
    await isRefused(t, of(`bank:${IN_URL}`, 'wr%40ng'), {}, /sentinel 127\.0\.0\.1.*WRONGPASS/)
    await isRefused(t, of('bank:wr%40ng', known), {}, /^WRONGPASS/)
    await isRefused(t, of(`bank:${IN_URL}`, known).replace('/bank?', '/another?'), {}, /No such master/)
    await survivesFailover(t, of(`bank:${IN_URL}`, known), master)
  })

  test('follows Sentinel also where it tells of the new server while it is being asked for one', async (t) => {
    const { port, master } = await startSentinel(t)
    const slow = await slowProxy(t, port)
    const url = `redis+sentinel://127.0.0.1:${slow.port}/bank`
    await survivesFailover(t, url, { kill: () => master.kill().then(slow.slowDown) })
  })

  test('tells a proxy by name which server it wants', async (t) => {
    const { port } = await startRedis(t)
    const authority = await newTestAuthority(t)
    const { cert, key } = await authority.issue({ dns: ['localhost'] })
    const names = new Set<string>()
    const proxy = createTlsServer({
      SNICallback: (name, done) => {
        names.add(name)
        done(null, createSecureContext({ cert, key }))
      },
    })
    proxy.on('secureConnection', (socket) => joined(socket, connect(port, '127.0.0.1')))
    await actsAsOne(t, `rediss://localhost:${await listening(t, proxy)}`, { ca: authority.ca })
    assert.deepEqual([...names], ['localhost'])
  })

  test('follows Sentinel by TLS', async (t) => {
    const authority = await newTestAuthority(t)
    const { ca } = authority
    const { cert, key, certFile, keyFile } = await authority.issue({ ip: ['127.0.0.1'] })
    const way = { password: 'admin', tls: { ca, cert, key } }
    const files = [`tls-ca-cert-file ${authority.caFile}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`]
    const { port, master } = await startSentinel(t, {
      options: [...speaksTls(authority, { cert, key, certFile, keyFile }, 'yes'), ...BANK],
      sentinel: ['sentinel auth-pass bank admin', 'requirepass watch', 'tls-replication yes', ...files],
      way,
      sentinelWay: { ...way, password: 'watch' },
    })
    const url = `rediss+sentinel://bank:${IN_URL}@127.0.0.1:${port}/bank?sentinel_password=watch`
    await isRefused(t, url, { ca: (await newTestAuthority(t)).ca, cert, key }, /127\.0\.0\.1:\d+: .*certificate/)
    await survivesFailover(t, url, master, { ca, cert, key })
  })

  test('is one over a cluster that asks for passwords, and goes where a key has moved to', async (t) => {
    const way = { password: 'admin' }
    const { first, nodes } = await startCluster(t, { options: BANK, way })
    const at = `127.0.0.1:${first.port}`
    await isRefused(t, `redis+cluster://bank:wr%40ng@${at}`, {}, /WRONGPASS/)
    await isRefused(t, `redis+cluster://${at}`, {}, /NOAUTH/)
    await followsMove(t, `redis+cluster://bank:${IN_URL}@${at}`, { nodes, way })
  })

  test('is one over a cluster by TLS, whose nodes are known by name, and goes on when a master of it dies', async (t) => {
    const authority = await newTestAuthority(t)
    const { ca } = authority
    const server = await authority.issue({ dns: ['localhost'] })
    const named = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname']
    const way = { password: 'admin', tls: { ca, servername: 'localhost' } }
    const options = [...speaksTls(authority, server), ...named, ...BANK]
    const { first, nodes } = await startCluster(t, { options, way })
    const url = `rediss+cluster://bank:${IN_URL}@localhost:${first.port}`
    await isRefused(t, url, { ca: (await newTestAuthority(t)).ca }, /certificate/)
    await isRefused(t, url.replace('localhost', '127.0.0.1'), { ca }, /127\.0\.0\.1/)
    const [one, other] = await followsMove(t, url, { nodes, way, tls: { ca } })
    await first.kill()
    const keys = Array.from({ length: 30 }, (_, i) => `user ${i}`)
    for (const key of keys) assert.equal(await isAllowed(one.take(key, 1000)), true)
    const isWhole = async (): Promise<boolean> => {
      const taken = await Promise.all(keys.flatMap((key) => [one.take(key, 1000), other.take(key, 1000)]))
      return taken.every((allowance) => allowance.isCountedTogether)
    }
    await eventually(isWhole, 'every key has a server again')
  })
})

interface Moving {
  nodes: readonly RedisServer[]
  way: Way
  tls?: RedisTls
}

/** Two processes over a cluster, in which keys go to another node that both were never told of. */
async function followsMove(t: TestContext, url: string, { nodes, way, tls = {} }: Moving): Promise<[Cache, Cache]> {
  const [one, other] = await actsAsOne(t, url, tls)
  const [from, , to] = nodes as [RedisServer, RedisServer, RedisServer]
  const [source, target] = await Promise.all([idOf(from, way), idOf(to, way)])
  // Of these the first node has a third; those that nobody has set can be given away without their values.
  const slots = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const answer = await asked({ port: from.port, ...way }, `CLUSTER KEYSLOT bank:moved${i}\r\n`, /^:\d+/)
      return Number(answer.slice(1))
    }),
  )
  const moved = slots.map((slot, i) => ({ slot, key: `moved${i}` })).filter(({ slot }) => slot <= 5460)
  assert.ok(moved.length > 0)
  for (const { slot } of moved) {
    const set = ({ port }: RedisServer, what: string): Promise<string> =>
      asked({ port, ...way }, `CLUSTER SETSLOT ${slot} ${what}\r\n`, /\+OK/)
    await set(to, `IMPORTING ${source}`)
    await set(from, `MIGRATING ${target}`)
    for (const node of [to, from]) await set(node, `NODE ${target}`)
  }
  for (const { key } of moved) {
    await one.set(key, 'there', 60_000)
    assert.equal(await other.get(key), 'there')
  }
  const stats = await asked({ port: from.port, ...way }, 'INFO errorstats\r\n', /errorstat_/)
  assert.match(stats, /errorstat_MOVED/, 'both asked the old node first')
  assert.deepEqual([one.figures().failures, other.figures().failures], [0, 0])
  return [one, other]
}
