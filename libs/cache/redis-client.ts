import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Cluster, Redis } from 'ioredis'
import type { RedisPlace } from './redis-place.ts'
import { GIVE_BACK, RELEASE, TAKE } from './scripts.ts'

/** The few questions that this library asks Redis, whichever way it is run. */
export interface RedisClient {
  take(key: string, limit: number, windowMs: number): Promise<[allowed: number, used: string, leftMs: number]>
  giveBack(key: string): Promise<unknown>
  get(key: string): Promise<string | null>
  set(key: string, value: string, ttl_ms: number): Promise<unknown>
  /** True where the key was free. */
  setFree(key: string, value: string, ttl_ms: number): Promise<boolean>
  drop(key: string): Promise<unknown>
  release(key: string, token: string): Promise<unknown>
  publish(channel: string, text: string): Promise<unknown>
  /** Hears channels on a connection of its own, again after each loss. */
  subscribe(channel: string): void
  close(): void
}

/** What is checked and shown where the way is encrypted (PEM texts). */
export interface RedisTls {
  /** The authority of the servers' certificates, where it is none that the machine knows. */
  ca?: string
  /** What this process shows to servers that want to see a certificate, and the key of it. */
  cert?: string
  key?: string
}

export interface ClientEvents {
  /** Why there is no connection: one line without secrets. */
  onRefused(reason: string): void
  /** No question has an answer until it is connected again. */
  onLost(reason: string): void
  /** Another server may answer from now on, without what the last one had. */
  onChanged(): void
  /** Questions have answers from now on. */
  onReady(): void
  onMessage(channel: string, text: string): void
}

const CONNECT_MS = 2_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
const LONGEST_REASON = 300
const CLOSED = 'Connection is closed.'
/** What the client says of all servers together, after it has said what is wrong with each. */
const SUMS_UP = /^All sentinels are unreachable|^Failed to refresh slots cache/

/** Begins to connect, and goes on for as long as it takes. */
export async function connectRedis(place: RedisPlace, shown: RedisTls, events: ClientEvents): Promise<RedisClient> {
  const { Redis, Cluster } = await import('ioredis')
  const tls = place.isTls ? { tls: { ...shown } } : {}
  const made: Made = { Redis, Cluster, place, tls }
  const client = place.mode === 'cluster' ? newCluster(made, false) : newRedis(made, false)
  const ears = place.mode === 'cluster' ? newCluster(made, true) : newRedis(made, true)
  // Both keep on trying by themselves; without a listener each failure would be printed.
  for (const one of [client, ears]) one.on('error', () => {})
  const refused = async (error: Error): Promise<void> => {
    if (SUMS_UP.test(error.message)) return
    const isHidden = place.isTls && error.message.endsWith(CLOSED)
    events.onRefused(reasonOf((isHidden ? await distrustAt(place, shown) : undefined) ?? error, place))
  }
  for (const name of ['error', 'sentinelError', 'node error']) client.on(name, refused)
  client.on('close', () => events.onLost('the connection is closed'))
  for (const change of ['+node', '-node', 'node error', 'nodeError']) client.on(change, () => events.onChanged())
  client.on('ready', () => events.onReady())
  ears.on('message', events.onMessage)
  return { ...questionsOf(client), ...lastingOf(client, ears) }
}

/** What is heard for as long as the client lives, which is until it is closed. */
function lastingOf(client: Redis | Cluster, ears: Redis | Cluster): Pick<RedisClient, 'subscribe' | 'close'> {
  const channels = new Set<string>()
  let isClosed = false
  const hear = (...wanted: string[]): void => void ears.subscribe(...wanted).catch(() => {})
  // Told of a new server while it asks Sentinel for one, a connection gives up for ever, and forgets what it was to hear.
  const revive = async (one: Redis | Cluster): Promise<void> => {
    if (isClosed) return
    await one.connect().catch(() => {})
    if (one === ears && channels.size > 0) hear(...channels)
  }
  for (const one of [client, ears]) one.on('end', () => void setTimeout(revive, FIRST_PAUSE_MS, one).unref())
  return {
    subscribe: (channel) => {
      channels.add(channel)
      // Kept and told again by the client; what it cannot tell at its end matters to nobody.
      hear(channel)
    },
    close: () => {
      isClosed = true
      client.disconnect()
      ears.disconnect()
    },
  }
}

/** What TLS says against the first server named that it does not trust: of Sentinels and of a cluster's nodes the client tells only that it has closed. */
async function distrustAt({ nodes }: RedisPlace, shown: RedisTls): Promise<Error | undefined> {
  for (const { host, port } of nodes) {
    const error = await new Promise<Error | undefined>((resolve) => {
      const socket = connectTls({ host, port, ...shown, timeout: CONNECT_MS })
      socket.on('error', resolve)
      const settle = (): void => {
        resolve(undefined)
        socket.destroy()
      }
      for (const end of ['secureConnect', 'timeout']) socket.once(end, settle)
    })
    if (error !== undefined) return new Error(`${host}:${port}: ${error.message}`)
  }
  return undefined
}

/** What an error says, in one line. Servers quote what they were told and do not know, passwords too, and not to their end. */
function reasonOf({ message }: Error, { password, sentinel }: RedisPlace): string {
  const secrets = [password, sentinel.password].filter((secret) => secret !== undefined)
  const [unquoted = ''] = message.split(/, with args beginning with|\n/)
  const line = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), unquoted)
  return line.slice(0, LONGEST_REASON)
}

interface Made {
  Redis: typeof Redis
  Cluster: typeof Cluster
  place: RedisPlace
  tls: { tls?: RedisTls & { servername?: string } }
}

/** What one connection is like. One that asks never waits for a server that is away; one that hears keeps what it is to hear. */
function connectionOf({ username, password }: RedisPlace, hears: boolean) {
  return {
    username,
    password,
    connectTimeout: CONNECT_MS,
    enableOfflineQueue: hears,
    maxRetriesPerRequest: hears ? null : 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: pauseBefore,
    // After a failover the old server may answer, but take nothing.
    reconnectOnError: (error: Error): boolean => error.message.startsWith('READONLY'),
  }
}

const pauseBefore = (attempt: number): number => Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS)

function newRedis({ Redis, place, tls }: Made, hears: boolean): Redis {
  const options = { ...connectionOf(place, hears), ...tls, db: place.database }
  const [first] = place.nodes as [RedisPlace['nodes'][number]]
  if (place.master === undefined) return new Redis({ ...options, ...namedTo(first.host, tls), ...first })
  return new Redis({
    ...options,
    sentinels: [...place.nodes],
    name: place.master,
    ...(tls.tls === undefined ? {} : { sentinelTLS: tls.tls, enableTLSForSentinelMode: true }),
    sentinelUsername: place.sentinel.username,
    sentinelPassword: place.sentinel.password,
    sentinelRetryStrategy: pauseBefore,
    failoverDetector: true,
  })
}

/** Says the server's name in the greeting of TLS, by which a proxy chooses among several; of addresses none is said. */
function namedTo(host: string, { tls }: Made['tls']): Made['tls'] {
  return tls === undefined || isIP(host) !== 0 ? {} : { tls: { ...tls, servername: host } }
}

function newCluster({ Cluster, place, tls }: Made, hears: boolean): Cluster {
  const { retryStrategy: _, ...redisOptions } = { ...connectionOf(place, hears), ...tls }
  const options = {
    redisOptions,
    enableOfflineQueue: hears,
    clusterRetryStrategy: pauseBefore,
    slotsRefreshTimeout: CONNECT_MS,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    // Certificates name hosts, which a cluster tells by address unless the name is kept.
    ...(place.isTls
      ? { dnsLookup: (address: string, done: (error: null, address: string) => void) => done(null, address) }
      : {}),
  }
  return new Cluster([...place.nodes], options)
}

interface Scripts {
  windowTake(key: string, limit: number, windowMs: number): Promise<[number, string, number]>
  windowGiveBack(key: string): Promise<unknown>
  lockRelease(key: string, token: string): Promise<unknown>
}

function questionsOf(client: Redis | Cluster): Omit<RedisClient, 'subscribe' | 'close'> {
  client.defineCommand('windowTake', { numberOfKeys: 1, lua: TAKE })
  client.defineCommand('windowGiveBack', { numberOfKeys: 1, lua: GIVE_BACK })
  client.defineCommand('lockRelease', { numberOfKeys: 1, lua: RELEASE })
  const scripts = client as unknown as Scripts
  return {
    take: (key, limit, windowMs) => scripts.windowTake(key, limit, windowMs),
    giveBack: (key) => scripts.windowGiveBack(key),
    get: (key) => client.get(key),
    set: (key, value, ttl_ms) => client.set(key, value, 'PX', ttl_ms),
    setFree: async (key, value, ttl_ms) => (await client.set(key, value, 'PX', ttl_ms, 'NX')) === 'OK',
    drop: (key) => client.unlink(key),
    release: (key, token) => scripts.lockRelease(key, token),
    publish: (channel, text) => client.publish(channel, text),
  }
}
