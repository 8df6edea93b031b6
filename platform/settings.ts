import { choice, file, folder, integer, list, text } from '#libs/config/kinds.ts'
import {
  declareSettings,
  type Environment,
  readSettings,
  refuseUnknownSettings,
  type Settings,
  SettingsRefused,
} from '#libs/config/settings.ts'
import type { Profile } from '#libs/service/service.ts'
import { settings as gatewaySettings } from '#services/api-gateway/src/config.ts'
import { GATEWAY, serviceNames, services } from './catalogue.ts'
import { addresses } from './discovery-settings.ts'
import { kafkaOf, kafkaSettings } from './kafka-settings.ts'
import { localOrigin, type MtlsSettings, mtlsOf, mtlsSettings } from './mtls-settings.ts'
import { type PostgresSettings, postgresOf, postgresSettings, postgresUrl } from './postgres-settings.ts'
import { type ProcessSettings, processOf, processSettings } from './process-settings.ts'
import { redisSettings, refuseWrongRedis } from './redis-settings.ts'
import { type TelemetrySettings, telemetryOf, telemetrySettings } from './telemetry-settings.ts'

const variable = (service: string): string =>
  service
    .replace(/-service$/, '')
    .replaceAll('-', '_')
    .toUpperCase()

/** What an operator may set of the platform as a whole. */
export const platformSettings = declareSettings({
  port: integer({
    env: 'PORT',
    default: 8080,
    min: 0,
    max: 65_535,
    describe: 'the port that the bank answers at; 0 takes a free one',
  }),
  host: text({
    env: 'HOST',
    default: '127.0.0.1',
    max_length: 100,
    describe: 'the address that the bank listens on; a sandbox only on loopback',
  }),
  home: folder({
    env: 'BANKFLOW_HOME',
    default: '.bankflow',
    describe: 'the folder of the embedded database, keys and logs',
  }),
  profile: choice({
    env: 'BANKFLOW_PROFILE',
    values: ['sandbox', 'conformance', 'production'],
    default: undefined,
    describe:
      "sandbox (demo users, mailbox, a clock to move) or production; sandbox only with the embedded database. conformance is a sandbox for the OpenID Foundation's suite",
  }),
  demo: choice({
    env: 'BANKFLOW_DEMO',
    values: ['full', 'none'],
    default: undefined,
    describe:
      'full gives a sandbox customers with a year of history; none leaves them out, as does everything but the embedded sandbox in one process',
  }),
  service: text({
    env: 'SERVICE',
    default: undefined,
    max_length: 400,
    describe: 'the services of this process, with commas: ledger, or api-gateway,identity; all of them unless set',
  }),
  service_port: integer({
    env: 'BANKFLOW_SERVICE_PORT',
    default: 8081,
    min: 0,
    max: 65_535,
    describe: 'where services are reached by services when the gateway has PORT in the same process',
  }),
  master_key_file: file({
    env: 'BANKFLOW_MASTER_KEY_FILE',
    default: undefined,
    describe: 'the master key that seals secrets and personal data; production must name one',
  }),
  service_key_file: list({
    env: 'SERVICE_KEY_FILE',
    default: [],
    describe: 'the private keys (files) that the services of this process sign their calls with, with commas',
  }),
  service_keys: file({
    env: 'SERVICE_KEYS',
    default: undefined,
    describe: 'the public keys of all services: JSON, service name to JWK',
  }),
  log_level: choice({
    env: 'BANKFLOW_LOG_LEVEL',
    values: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    describe: 'how much is logged',
  }),
  import_password: text({
    env: 'BANKFLOW_IMPORT_PASSWORD',
    default: undefined,
    secret: true,
    describe: 'the password of `npm run import -- --user`; the bank itself does not read it',
  }),
  require_all: text({
    env: 'BANKFLOW_REQUIRE_ALL',
    default: undefined,
    describe: 'tests only: a skipped test fails the run',
  }),
  test_database_url: text({
    env: 'BANKFLOW_TEST_DATABASE_URL',
    default: undefined,
    secret: true,
    describe: 'tests only: the server of the run',
  }),
  test_bank: text({
    env: 'BANKFLOW_TEST_BANK',
    default: undefined,
    describe: 'tests only: the file that tells of a bank of many processes, on which stories are told',
  }),
  faults: text({
    env: 'BANKFLOW_FAULTS',
    default: undefined,
    describe:
      'tests only: full has faults last longer and every story told under each; full:PART,… those with such a part in their names alone',
  }),
  test_kafka: text({
    env: 'BANKFLOW_TEST_KAFKA',
    default: undefined,
    describe: 'tests only: the three brokers of the run, host:port with commas',
  }),
  test_redis: text({ env: 'BANKFLOW_TEST_REDIS', default: undefined, describe: 'tests only: the Redis of the run' }),
  test_redis_server: text({
    env: 'BANKFLOW_TEST_REDIS_SERVER',
    default: undefined,
    describe: 'tests only: the program redis-server, for tests that start one of their own',
  }),
  test_pgbouncer: text({
    env: 'BANKFLOW_TEST_PGBOUNCER',
    default: undefined,
    describe: 'tests only: the program pgbouncer, for tests that start one of their own',
  }),
  test_toxiproxy: text({
    env: 'BANKFLOW_TEST_TOXIPROXY',
    default: undefined,
    describe: 'tests only: the API of the toxiproxy of the run',
  }),
  test_log: text({ env: 'BANKFLOW_TEST_LOG', default: undefined, describe: 'tests only: the log level' }),
})

const peers = declareSettings(
  Object.fromEntries(
    serviceNames.flatMap((service) => [
      [
        `${service} url`,
        addresses({
          env: `${variable(service)}_URL`,
          describe: `where ${service} is reached when it runs in other processes: an address, several with commas, or dns://name:port, all of whose addresses count`,
        }),
      ],
      [
        `${service} database`,
        postgresUrl({
          env: `${variable(service)}_DATABASE_URL`,
          describe: `the database of ${service}, as its app role; one server or several with commas`,
        }),
      ],
      [
        `${service} replicas`,
        postgresUrl({
          env: `${variable(service)}_READER_URL`,
          describe: `replicas of that database, as its reader role`,
        }),
      ],
    ]),
  ),
)

export interface PlatformSettings extends Omit<PostgresSettings, 'isEmbedded'>, ProcessSettings {
  port: number
  host: string
  home: string
  profile: Profile
  /** A sandbox that a conformance suite reaches under its public name, with a user whose code is published. */
  isConformance: boolean
  /** Whether the demo bank's customers and their history are made. */
  demo: 'full' | 'none'
  /** The services of this process, the gateway among them where it belongs. */
  here: readonly string[]
  isSplit: boolean
  servicePort: number
  masterKeyFile: string | undefined
  serviceKeyFiles: readonly string[]
  serviceKeysFile: string | undefined
  /** The gateway's second door, for third parties with certificates. */
  mtls: MtlsSettings | undefined
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where traces are sent, undefined where none are recorded. */
  telemetry: TelemetrySettings | undefined
  urlOf(service: string): string | undefined
  env: Environment
}

/** Every declaration, for the table in the documentation and for refusing misspelt ones. */
export function allSettings(): readonly Settings[] {
  return [
    platformSettings,
    processSettings,
    postgresSettings,
    kafkaSettings,
    mtlsSettings,
    redisSettings,
    telemetrySettings,
    peers,
    gatewaySettings,
    ...services.map((service) => service.settings),
  ]
}

/** Reads and checks everything that can be set, before anything is started. Throws SettingsRefused with one line. */
export function readPlatformSettings(env: Environment): PlatformSettings {
  refuseUnknownSettings(allSettings(), env)
  for (const declared of [gatewaySettings, ...services.map((service) => service.settings)]) readSettings(declared, env)
  const values = readSettings(platformSettings, env)
  const urls = readSettings(peers, env) as Record<string, string | undefined>
  const here = servicesOf(values.service)
  const { isEmbedded, ...postgres } = postgresOf(env, urls, here)
  const isSplit = values.service !== undefined
  if (isSplit && isEmbedded && here.some((service) => service !== GATEWAY)) {
    throw new SettingsRefused(
      `SERVICE=${values.service} needs a database: set DATABASE_URL, or ${variable(here[0] as string)}_DATABASE_URL`,
    )
  }
  const isConformance = values.profile === 'conformance'
  if (isConformance) refuseRealThings(env)
  else if (env.BANKFLOW_CONFORMANCE_CODE !== undefined)
    throw new SettingsRefused('BANKFLOW_CONFORMANCE_CODE: only the profile conformance has such a code; unset it')
  const profile = profileOf(values.profile === 'conformance' ? 'sandbox' : values.profile, isEmbedded && !isSplit)
  if (profile === 'sandbox' && !/^(127\.0\.0\.1|localhost|::1)$/.test(values.host)) {
    throw new SettingsRefused(
      `HOST: a sandbox has published passwords, so it listens on loopback only; unset HOST or set BANKFLOW_PROFILE=production`,
    )
  }
  if (profile === 'production' && values.demo === 'full')
    throw new SettingsRefused('BANKFLOW_DEMO: a production bank has no demo customers; unset it or give none')
  if (isSplit && values.demo === 'full')
    throw new SettingsRefused('BANKFLOW_DEMO: the demo bank lives in one process; unset SERVICE, or give none')
  const mtls = here.includes(GATEWAY) ? mtlsOf(env, profile) : undefined
  refuseWrongRedis(env)
  kafkaOf(env, profile)
  return {
    port: values.port,
    host: values.host,
    home: values.home,
    profile,
    isConformance,
    demo: values.demo ?? (profile === 'sandbox' && isEmbedded && !isSplit && !isConformance ? 'full' : 'none'),
    here,
    isSplit,
    servicePort: here.includes(GATEWAY) ? values.service_port : values.port,
    ...processOf(env, profile),
    masterKeyFile: values.master_key_file,
    serviceKeyFiles: values.service_key_file,
    serviceKeysFile: values.service_keys,
    mtls,
    logLevel: values.log_level,
    telemetry: telemetryOf(env),
    urlOf: (service) => urls[`${service} url`],
    ...postgres,
    env: {
      ...(mtls === undefined || profile === 'production' ? {} : { BANKFLOW_MTLS_ORIGIN: localOrigin(mtls.port) }),
      ...(isConformance ? CONFORMANCE_DEFAULTS : {}),
      ...env,
    },
  }
}

/** The code that the conformance user's authenticator always shows; published, so worth nothing. */
export const CONFORMANCE_CODE = '24681357'

/** A suite is one address that asks as fast as it can; only its own machine and its TLS terminator reach this bank. */
const CONFORMANCE_DEFAULTS = {
  BANKFLOW_CONFORMANCE_CODE: CONFORMANCE_CODE,
  BANKFLOW_RATE_LIMIT_PER_MINUTE: '100000',
  BANKFLOW_RATE_LIMIT_SIGN_IN_PER_MINUTE: '100000',
  BANKFLOW_RATE_LIMIT_OAUTH_PER_MINUTE: '100000',
}

function profileOf(named: Profile | undefined, isAlone: boolean): Profile {
  return named ?? (isAlone ? 'sandbox' : 'production')
}

/** A bank with a published second factor holds nobody's keys, data or mail. */
function refuseRealThings(env: Environment): void {
  const real = [
    'BANKFLOW_MASTER_KEY_FILE',
    'DATABASE_URL',
    'SERVICE',
    'SERVICE_KEYS',
    'SERVICE_KEY_FILE',
    'BANKFLOW_SMTP_URL',
    ...services.map(({ name }) => `${variable(name)}_DATABASE_URL`),
  ].find((name) => env[name] !== undefined)
  if (real !== undefined)
    throw new SettingsRefused(`${real}: the profile conformance has a published second factor, so it takes no ${real}`)
  if (env.BANKFLOW_PUBLIC_ORIGIN?.startsWith('https://') !== true)
    throw new SettingsRefused(
      'BANKFLOW_PUBLIC_ORIGIN: the profile conformance needs the https origin that the suite reaches the bank by',
    )
}

function servicesOf(listed: string | undefined): string[] {
  if (listed === undefined) return [...serviceNames, GATEWAY]
  return listed.split(',').map((word) => {
    const name = word.trim()
    const found = [...serviceNames, GATEWAY].find((service) => service === name || service === `${name}-service`)
    if (found === undefined)
      throw new SettingsRefused(
        `SERVICE: "${name}" is no service; give ${[...serviceNames, GATEWAY].map((service) => service.replace('-service', '')).join(', ')}`,
      )
    return found
  })
}
