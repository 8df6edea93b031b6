import { readFileSync } from 'node:fs'
import type { Cache } from '#libs/cache/cache.ts'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import { REDIS_FORMS, type RedisPlace, redisPlaceOf } from '#libs/cache/redis-place.ts'
import { integer, pemFile, type Setting, text } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import type { Log } from '#libs/telemetry/log.ts'

/** An address of Redis in any of its forms; refused without showing its password. */
function redisAddress(told: { env: string; describe: string }): Setting<string | undefined> {
  const texts = text({ ...told, default: undefined, max_length: 1_000, secret: true, form: REDIS_FORMS })
  return {
    ...texts,
    parse(value) {
      const parsed = texts.parse(value)
      if (typeof parsed !== 'string') return parsed
      const place = redisPlaceOf(parsed)
      return 'refusal' in place ? place : parsed
    },
  }
}

/** What an operator may set of what the bank's processes share. */
export const redisSettings = declareSettings({
  redis_url: redisAddress({
    env: 'REDIS_URL',
    describe:
      'Redis, Sentinel or Cluster, in which gateways share their limits and processes hear of revocations at once; each process by itself unless set',
  }),
  redis_prefix: text({
    env: 'BANKFLOW_REDIS_PREFIX',
    default: 'bankflow:',
    pattern: /^[A-Za-z0-9._-]+:$/,
    form: 'letters, digits and ._- that end in a colon,',
    describe: 'before every key and channel in Redis: each bank in one Redis has its own',
  }),
  redis_deadline_ms: integer({
    env: 'BANKFLOW_REDIS_DEADLINE_MS',
    default: 100,
    min: 5,
    max: 5_000,
    describe:
      'how long one question to Redis may take, in milliseconds; after three that took longer the process goes on by itself',
  }),
  redis_ca_file: pemFile({
    env: 'BANKFLOW_REDIS_CA_FILE',
    default: undefined,
    describe: "the authority (PEM) of Redis's certificates, where it is none that the machine knows",
  }),
})

/** Checks them, before anything is started. Throws SettingsRefused with one line. */
export function refuseWrongRedis(env: Environment): void {
  const { redis_url, redis_ca_file } = readSettings(redisSettings, env)
  if (redis_ca_file !== undefined && redis_url?.startsWith('rediss') !== true)
    throw new SettingsRefused(
      'BANKFLOW_REDIS_CA_FILE: only an address that begins with rediss has certificates; set REDIS_URL so',
    )
}

/** What the processes of the bank share, or this process's own. Redis is loaded only where it is set. */
export async function openCache(env: Environment, log: Log): Promise<Cache> {
  const {
    redis_url,
    redis_prefix: prefix,
    redis_deadline_ms: deadlineMs,
    redis_ca_file,
  } = readSettings(redisSettings, env)
  if (redis_url === undefined) return createLocalCache()
  const { openRedisCache } = await import('#libs/cache/redis-cache.ts')
  const authority = redis_ca_file === undefined ? undefined : readFileSync(redis_ca_file, 'utf8')
  return openRedisCache({ place: redisPlaceOf(redis_url) as RedisPlace, authority, prefix, deadlineMs, log })
}
