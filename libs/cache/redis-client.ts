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

export interface ClientEvents {
  /** No question has an answer until it is connected again. */
  onLost(reason: string): void
  /** Another server may answer from now on, without what the last one had. */
  onChanged(): void
  /** Questions have answers from now on. */
  onReady(): void
  onMessage(channel: string, text: string): void
}

const CONNECT_MS = 2_000
const LONGEST_PAUSE_MS = 1_000

/** Begins to connect, and goes on for as long as it takes. `authority` is a PEM text, for servers of an authority of one's own. */
export async function connectRedis(
  place: RedisPlace,
  authority: string | undefined,
  events: ClientEvents,
): Promise<RedisClient> {
  const { Redis, Cluster } = await import('ioredis')
  const tls = place.isTls ? { tls: authority === undefined ? {} : { ca: authority } } : {}
  const made: Made = { Redis, Cluster, place, tls }
  const client = place.mode === 'cluster' ? newCluster(made, false) : newRedis(made, false)
  const ears = place.mode === 'cluster' ? newCluster(made, true) : newRedis(made, true)
  // Both keep on trying by themselves; without a listener each failure would be printed.
  for (const one of [client, ears]) one.on('error', () => {})
  client.on('close', () => events.onLost('the connection is closed'))
  for (const change of ['+node', '-node', 'node error', 'nodeError']) client.on(change, () => events.onChanged())
  client.on('ready', () => events.onReady())
  ears.on('message', events.onMessage)
  return questionsOf(client, ears)
}

interface Made {
  Redis: typeof Redis
  Cluster: typeof Cluster
  place: RedisPlace
  tls: { tls?: { ca?: string } }
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

const pauseBefore = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS)

function newRedis({ Redis, place, tls }: Made, hears: boolean): Redis {
  const options = { ...connectionOf(place, hears), ...tls, db: place.database }
  const [first] = place.nodes as [RedisPlace['nodes'][number]]
  if (place.master === undefined) return new Redis({ ...options, ...first })
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

function questionsOf(client: Redis | Cluster, ears: Redis | Cluster): RedisClient {
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
    // Kept and told again by the client for as long as it lives; what it cannot tell at its end matters to nobody.
    subscribe: (channel) => void ears.subscribe(channel).catch(() => {}),
    close: () => {
      client.disconnect()
      ears.disconnect()
    },
  }
}
