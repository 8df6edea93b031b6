import type { Part } from '../part.ts'
import type { Warden } from '../warden.ts'
import { type Kafka, launchKafka } from './kafka.ts'
import { type KafkaHome, obtainKafka } from './kafka-home.ts'
import { NotObtainable, programOf } from './place.ts'
import { launchRedis, type Redis } from './redis.ts'
import { launchToxiproxy, obtainToxiproxy, type Toxiproxy } from './toxiproxy.ts'

/** What could be had on this machine, and for each of the rest the reason in one line. */
export interface Obtained {
  readonly kafka: KafkaHome | undefined
  readonly redisServer: string | undefined
  readonly toxiproxy: string | undefined
  readonly pgbouncer: string | undefined
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}

/** Gets every component, downloading and building what this machine has not kept from before. */
export async function obtainComponents(): Promise<Obtained> {
  const missing: { name: string; reason: string }[] = []
  const had = async <T>(name: string, obtain: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await obtain()
    } catch (error) {
      if (!(error instanceof NotObtainable)) throw error
      missing.push({ name, reason: error.message })
      return undefined
    }
  }
  const [kafka, toxiproxy, redisServer, pgbouncer] = await Promise.all([
    had('Kafka', obtainKafka),
    had('toxiproxy', obtainToxiproxy),
    had('Redis', () => programOf('redis-server', 'Debian: redis-server')),
    had('PgBouncer', () => programOf('pgbouncer', 'Debian: pgbouncer')),
  ])
  return { kafka, toxiproxy, redisServer, pgbouncer, missing }
}

/** The components of one run, ready. What could not be had is not there. */
export interface Components {
  readonly kafka: Kafka | undefined
  readonly redis: Redis | undefined
  readonly toxiproxy: Toxiproxy | undefined
  readonly parts: readonly Part[]
  stop(): Promise<void>
}

/** Starts them all at once, and answers when each of them answers its protocol. */
export async function startComponents(obtained: Obtained, warden: Warden): Promise<Components> {
  const { kafka: kafkaHome, redisServer, toxiproxy: toxiproxyProgram } = obtained
  const redis = redisServer === undefined ? undefined : await launchRedis(redisServer, warden)
  const toxiproxy = toxiproxyProgram === undefined ? undefined : await launchToxiproxy(toxiproxyProgram, warden)
  const kafka = kafkaHome === undefined ? undefined : await launchKafka(kafkaHome, warden)
  const parts = [...(kafka?.parts ?? []), ...(redis ? [redis.part] : []), ...(toxiproxy ? [toxiproxy.part] : [])]
  await Promise.all([kafka?.untilReady(), redis?.part.untilReady(), toxiproxy?.part.untilReady()])
  return {
    kafka,
    redis,
    toxiproxy,
    parts,
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}
