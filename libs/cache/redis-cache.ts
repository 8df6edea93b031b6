import { hash, randomUUID } from 'node:crypto'
import type { Log } from '#libs/telemetry/log.ts'
import type { Cache, Lock } from './cache.ts'
import { Link } from './link.ts'
import { createLocalCache } from './local-cache.ts'
import { connectRedis, type RedisClient, type RedisTls } from './redis-client.ts'
import type { RedisPlace } from './redis-place.ts'
import { type Allowance, allowanceOf, WINDOW_MS } from './sliding-window.ts'

export interface RedisCacheOptions {
  place: RedisPlace
  tls?: RedisTls
  /** Before every key and channel: several banks may use one Redis. */
  prefix: string
  /** How long one question may take. */
  deadlineMs: number
  log: Log
}

const FIRST_ANSWER_MS = 2_000

/** The cache that processes of a bank have in common. Opens also where Redis is away, and finds it when it comes. */
export async function openRedisCache(options: RedisCacheOptions): Promise<Cache> {
  const { place, prefix, deadlineMs, log, tls = {} } = options
  const alone = createLocalCache()
  const own = randomUUID()
  let opened: (() => void) | undefined
  const connected = new Promise<void>((resolve) => {
    opened = resolve
  })
  const client: RedisClient = await connectRedis(place, tls, {
    onRefused: (reason) => link.refused(reason),
    onLost: (reason) => link.cut(reason),
    onChanged: () => link.doubt(),
    onReady: () => {
      link.doubt()
      opened?.()
    },
    onMessage: (channel, text) => {
      const at = text.indexOf(' ')
      // What this process said itself it has heard at once.
      if (text.slice(0, at) !== own) alone.publish(channel.slice(prefix.length), text.slice(at + 1))
    },
  })
  const link = new Link({ log, deadlineMs, probe: () => client.take(`${prefix}probe`, 1, WINDOW_MS) })
  const waited = setTimeout(() => opened?.(), FIRST_ANSWER_MS)
  await connected
  clearTimeout(waited)
  await link.open()
  return over({ client, link, alone, prefix, own })
}

interface Parts {
  client: RedisClient
  link: Link
  /** What the process has itself. */
  alone: Cache
  prefix: string
  own: string
}

function over({ client, link, alone, prefix, own }: Parts): Cache {
  const heard = new Set<string>()
  return {
    isWhole: (ms) => link.wholeForMs > ms,
    get: (key) =>
      link.ask(
        () => client.get(prefix + key),
        () => null,
      ),
    set: (key, value, ttl_ms) => quietly(link.ask(() => client.set(prefix + key, value, ttl_ms), nothing)),
    drop: (keys) =>
      quietly(link.ask<unknown>(() => Promise.all(keys.map((key) => client.drop(prefix + key))), nothing)),
    take: (key, limit) =>
      link.ask(
        () => takeTogether(client, prefix + windowOf(key), limit),
        () => alone.take(key, limit) as Allowance,
      ),
    giveBack: (key, allowance) => {
      if (!allowance.isCountedTogether) return alone.giveBack(key, allowance)
      void link.ask(() => client.giveBack(prefix + windowOf(key)), nothing)
    },
    lock: (name, ttl_ms) =>
      link.ask(
        () => lockTogether({ client, link }, prefix + name, ttl_ms),
        () => ({ isHeld: false, release: nothing }),
      ),
    publish: (channel, text) => {
      alone.publish(channel, text)
      void link.ask(() => client.publish(prefix + channel, `${own} ${text}`), nothing)
    },
    subscribe: (channel, hear) => {
      if (!heard.has(channel)) client.subscribe(prefix + channel)
      heard.add(channel)
      return alone.subscribe(channel, hear)
    },
    figures: () => ({ kind: 'redis', ...link.figures }),
    close: async () => {
      await link.close()
      client.close()
      await alone.close()
    },
  }
}

function nothing(): void {}

function quietly(answer: Promise<unknown> | unknown): Promise<void> | void {
  if (answer instanceof Promise) return answer.then(nothing)
}

/** Whoever is counted by an address stands nowhere by it. */
function windowOf(key: string): string {
  return `limit:${hash('sha256', key, 'base64url').slice(0, 27)}`
}

async function takeTogether(client: RedisClient, key: string, limit: number): Promise<Allowance> {
  const [allowed, used, leftMs] = await client.take(key, limit, WINDOW_MS)
  return allowanceOf({ used: Number(used), limit, isAllowed: allowed === 1, leftMs, isCountedTogether: true })
}

async function lockTogether(
  { client, link }: Pick<Parts, 'client' | 'link'>,
  name: string,
  ttl_ms: number,
): Promise<Lock | null> {
  const token = randomUUID()
  if (!(await client.setFree(name, token, ttl_ms))) return null
  return { isHeld: true, release: () => quietly(link.ask(() => client.release(name, token), nothing)) }
}
