import type { Environment } from '#libs/config/settings.ts'
import { createKafka, type KafkaBroker } from '#libs/kafka/kafka.ts'
import type { Profile } from '#libs/service/service.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { kafkaOf } from './kafka-settings.ts'

/** The brokers of a process's services. */
export interface EventTransport {
  brokerFor(service: string): KafkaBroker
  /** Those that were asked for. */
  readonly brokers: ReadonlyMap<string, KafkaBroker>
}

/** What stands between the services of the bank for their events, or undefined: then they read each other's themselves. */
export function eventTransportOf(env: Environment, profile: Profile, log: Log): EventTransport | undefined {
  const options = kafkaOf(env, profile)
  if (options === undefined) return undefined
  const kafka = createKafka(options, {
    warn: (message, details) => log.warn(details, message),
    alarm: (message, details) => log.error(details, message),
  })
  const brokers = new Map<string, KafkaBroker>()
  return {
    brokers,
    brokerFor(service) {
      const broker = brokers.get(service) ?? kafka.brokerFor(service)
      brokers.set(service, broker)
      return broker
    },
  }
}
