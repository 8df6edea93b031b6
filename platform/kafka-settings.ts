import { readFileSync } from 'node:fs'
import { choice, file, flag, integer, list, pemFile, text } from '#libs/config/kinds.ts'
import { declareSettings, type Environment, readSettings, SettingsRefused } from '#libs/config/settings.ts'
import type { KafkaOptions } from '#libs/kafka/options.ts'
import type { Profile } from '#libs/service/service.ts'

/** What an operator may set of events through Kafka. */
export const kafkaSettings = declareSettings({
  kafka_brokers: list({
    env: 'KAFKA_BROKERS',
    default: undefined,
    pattern: /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i,
    form: 'addresses like host:9092',
    describe: 'Kafka, for the events between services; unless set, services read each other’s events themselves',
  }),
  kafka_prefix: text({
    env: 'BANKFLOW_KAFKA_PREFIX',
    default: 'bankflow.',
    max_length: 60,
    pattern: /^[a-zA-Z0-9._-]*$/,
    form: 'letters, digits, dots, dashes and underscores',
    describe: 'comes before the names of topics and of groups of consumers',
  }),
  kafka_partitions: integer({
    env: 'BANKFLOW_KAFKA_PARTITIONS',
    default: 12,
    min: 1,
    max: 1_000,
    describe: 'partitions of a topic that is made; as many processes of a service can share its events',
  }),
  kafka_replicas: integer({
    env: 'BANKFLOW_KAFKA_REPLICAS',
    default: undefined,
    min: 1,
    max: 9,
    describe:
      'brokers that keep each event of a topic that is made; 3 in production, in a sandbox as many as named, up to 3',
  }),
  kafka_retention_h: integer({
    env: 'BANKFLOW_KAFKA_RETENTION_H',
    default: 168,
    min: 1,
    max: 8_760,
    describe: 'hours for which a topic that is made keeps its events; a service may be away that long',
  }),
  kafka_compression: choice({
    env: 'BANKFLOW_KAFKA_COMPRESSION',
    values: ['none', 'gzip', 'zstd'],
    default: 'zstd',
    describe: 'how events are compressed on their way and at rest',
  }),
  kafka_tls: flag({
    env: 'BANKFLOW_KAFKA_TLS',
    default: false,
    describe: 'whether the brokers are spoken to by TLS; their certificates must be good',
  }),
  kafka_ca_file: pemFile({
    env: 'BANKFLOW_KAFKA_CA_FILE',
    default: undefined,
    describe: 'the authorities (PEM) of the brokers’ certificates; the usual ones unless set',
  }),
  kafka_cert_file: pemFile({
    env: 'BANKFLOW_KAFKA_CERT_FILE',
    default: undefined,
    describe: 'a certificate (PEM) to show to the brokers',
  }),
  kafka_key_file: pemFile({
    env: 'BANKFLOW_KAFKA_KEY_FILE',
    default: undefined,
    describe: 'the key (PEM) of that certificate',
  }),
  kafka_sasl: choice({
    env: 'BANKFLOW_KAFKA_SASL',
    values: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    default: undefined,
    describe: 'how to sign in at the brokers; not at all unless set',
  }),
  kafka_user: text({
    env: 'BANKFLOW_KAFKA_USER',
    default: undefined,
    describe: 'the name to sign in with',
  }),
  kafka_password_file: file({
    env: 'BANKFLOW_KAFKA_PASSWORD_FILE',
    default: undefined,
    exists: true,
    describe: 'the file with its password; a line break at the end does not count',
  }),
})

const HOUR_MS = 3_600_000
const PRODUCTION_REPLICAS = 3

type Values = ReturnType<typeof readSettings<typeof kafkaSettings>>

/** How to reach Kafka, or undefined for a bank without it. Throws SettingsRefused with one line for what does not go together. */
export function kafkaOf(env: Environment, profile: Profile): KafkaOptions | undefined {
  const values = readSettings(kafkaSettings, env)
  const { kafka_brokers: brokers } = values
  if (brokers === undefined || brokers.length === 0) return refuseWithoutBrokers(env)
  const sasl = saslOf(values, profile)
  const tls = tlsOf(values)
  return {
    brokers,
    prefix: values.kafka_prefix,
    partitions: values.kafka_partitions,
    replicas:
      values.kafka_replicas ??
      (profile === 'production' ? PRODUCTION_REPLICAS : Math.min(PRODUCTION_REPLICAS, brokers.length)),
    retentionMs: values.kafka_retention_h * HOUR_MS,
    compression: values.kafka_compression,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
  }
}

function refuseWithoutBrokers(env: Environment): undefined {
  const set = Object.values(kafkaSettings).find((setting) => env[setting.env] !== undefined)
  if (set !== undefined) throw new SettingsRefused(`KAFKA_BROKERS is not set, and nothing else makes use of ${set.env}`)
}

function tlsOf(values: Values): KafkaOptions['tls'] {
  const { kafka_tls, kafka_ca_file: ca, kafka_cert_file: cert, kafka_key_file: key } = values
  if ((cert === undefined) !== (key === undefined))
    throw new SettingsRefused('BANKFLOW_KAFKA_CERT_FILE and BANKFLOW_KAFKA_KEY_FILE belong together; set both or none')
  if (!kafka_tls) {
    if (ca !== undefined || cert !== undefined)
      throw new SettingsRefused('BANKFLOW_KAFKA_TLS is not true, and nothing else makes use of the certificates for it')
    return undefined
  }
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }),
    ...(cert === undefined || key === undefined
      ? {}
      : { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }),
  }
}

function saslOf(values: Values, profile: Profile): KafkaOptions['sasl'] {
  const { kafka_sasl: mechanism, kafka_user: username, kafka_password_file, kafka_tls } = values
  if (mechanism === undefined) {
    if (username !== undefined || kafka_password_file !== undefined)
      throw new SettingsRefused('BANKFLOW_KAFKA_SASL is not set, and nothing else makes use of the user and password')
    return undefined
  }
  if (username === undefined || kafka_password_file === undefined)
    throw new SettingsRefused('BANKFLOW_KAFKA_SASL: BANKFLOW_KAFKA_USER and BANKFLOW_KAFKA_PASSWORD_FILE must be set')
  if (mechanism === 'PLAIN' && profile === 'production' && !kafka_tls)
    throw new SettingsRefused(
      'BANKFLOW_KAFKA_SASL: PLAIN shows the password to the network; set BANKFLOW_KAFKA_TLS too',
    )
  return { mechanism, username, password: readFileSync(kafka_password_file, 'utf8').replace(/\r?\n$/, '') }
}
