import type { ConnectionOptions } from 'node:tls'

/** How a process reaches Kafka, and what it makes there. */
export interface KafkaOptions {
  /** `host:port` of some of the brokers; they tell of the others. */
  brokers: readonly string[]
  /** Comes before the names of topics and groups, so that several banks can share brokers. */
  prefix: string
  partitions: number
  replicas: number
  retentionMs: number
  compression: 'none' | 'gzip' | 'zstd'
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
}

/** Told of what goes wrong; everything is tried again by itself. */
export interface KafkaTeller {
  warn(message: string, details: Record<string, unknown>): void
  /** A person should know. */
  alarm(message: string, details: Record<string, unknown>): void
}

/** The package, loaded when it is first needed: a bank without Kafka does not carry it. */
export type KafkaPackage = typeof import('@platformatic/kafka')

let loading: Promise<KafkaPackage> | undefined

/** Loads the package. */
export function kafkaPackage(): Promise<KafkaPackage> {
  loading ??= import('@platformatic/kafka')
  return loading
}

/** What every client of the package is made with. A call is tried again for a few seconds; then whoever made it waits and begins anew. */
export function connectionOf({ brokers, tls, sasl }: KafkaOptions, clientId: string) {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: 3_000,
    timeout: 5_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retries: 4,
    retryDelay: 250,
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  }
}

interface KnowingTopics {
  clearMetadata(): void
  readonly currentMetadata: { readonly topics: ReadonlyMap<string, { lastUpdate: number }> } | undefined
}

/**
 * Has a client of the package hold what it knows of topics to be old, where it would forget it. It answers a question that was asked before with the
 * topics that it then asked for anew and `undefined` for the rest, and what stumbles over that, in the answer's own callback, ends the process.
 */
export function neverForgetting<Client extends KnowingTopics>(client: Client): Client {
  client.clearMetadata = () => {
    for (const topic of client.currentMetadata?.topics.values() ?? []) topic.lastUpdate = 0
  }
  return client
}

/** Longer than joining a group may take: that answer comes when all members are there. */
const REQUEST_TIMEOUT_MS = 25_000

/** An error of the package in one line: what it gathers, and why at last. */
export function inOneLine(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  const reason = innermost(error)
  return new Error(`Kafka: ${message === reason ? message : `${message} (${reason})`}`, { cause: error })
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const next: unknown = error instanceof AggregateError ? error.errors.at(-1) : error.cause
  return next === undefined ? error.message : innermost(next)
}
