import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cache } from '#libs/cache/cache.ts'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import type { RedisTls } from '#libs/cache/redis-client.ts'
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
  redis_cert_file: pemFile({
    env: 'BANKFLOW_REDIS_CERT_FILE',
    default: undefined,
    describe: 'a certificate (PEM) to show to Redis, which wants one unless it is told otherwise',
  }),
  redis_key_file: pemFile({
    env: 'BANKFLOW_REDIS_KEY_FILE',
    default: undefined,
    describe: 'the key (PEM) of that certificate',
  }),
})

type Files = Partial<Record<'redis_ca_file' | 'redis_cert_file' | 'redis_key_file', string | undefined>>

/** Checks them, before anything is started. Throws SettingsRefused with one line. */
export function refuseWrongRedis(env: Environment): void {
  const { redis_url, ...values } = readSettings(redisSettings, env)
  const files = ['redis_ca_file', 'redis_cert_file', 'redis_key_file'] as const
  const given = files.find((name) => values[name] !== undefined)
  if (given !== undefined && redis_url?.startsWith('rediss') !== true)
    throw new SettingsRefused(
      `${redisSettings[given].env}: only an address that begins with rediss has certificates; set REDIS_URL so`,
    )
  if ((values.redis_cert_file === undefined) !== (values.redis_key_file === undefined))
    throw new SettingsRefused('BANKFLOW_REDIS_CERT_FILE and BANKFLOW_REDIS_KEY_FILE belong together; set both or none')
  const { ca, cert, key } = tlsOf(values)
  if (ca !== undefined && certificateOf(ca) === undefined)
    throw new SettingsRefused('BANKFLOW_REDIS_CA_FILE: holds no certificate that can be read')
  if (cert === undefined || key === undefined) return
  const certificate = certificateOf(cert)
  if (certificate === undefined)
    throw new SettingsRefused('BANKFLOW_REDIS_CERT_FILE: holds no certificate that can be read')
  if (!isKeyOf(certificate, key))
    throw new SettingsRefused('BANKFLOW_REDIS_KEY_FILE: holds no key of the certificate in BANKFLOW_REDIS_CERT_FILE')
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function isKeyOf(certificate: X509Certificate, pem: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(pem))
  } catch {
    return false
  }
}

function tlsOf({ redis_ca_file, redis_cert_file, redis_key_file }: Files): RedisTls {
  return {
    ...(redis_ca_file === undefined ? {} : { ca: readFileSync(redis_ca_file, 'utf8') }),
    ...(redis_cert_file === undefined ? {} : { cert: readFileSync(redis_cert_file, 'utf8') }),
    ...(redis_key_file === undefined ? {} : { key: readFileSync(redis_key_file, 'utf8') }),
  }
}

/** What the processes of the bank share, or this process's own. Redis is loaded only where it is set. */
export async function openCache(env: Environment, log: Log): Promise<Cache> {
  const { redis_url, redis_prefix: prefix, redis_deadline_ms: deadlineMs, ...files } = readSettings(redisSettings, env)
  if (redis_url === undefined) return createLocalCache()
  const { openRedisCache } = await import('#libs/cache/redis-cache.ts')
  const place = redisPlaceOf(redis_url) as RedisPlace
  return openRedisCache({ place, tls: tlsOf(files), prefix, deadlineMs, log })
}
