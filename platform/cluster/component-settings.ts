import { allSettings } from '../settings.ts'

/** What a bank is told of the components; a component that is not there is not named. */
export interface Addresses {
  readonly kafka: string | undefined
  readonly redis: string | undefined
}

/** The settings that lead a bank to its components, with a name of its own in them, so that several banks can share them. */
export function componentSettings({ kafka, redis }: Addresses, name: string): Record<string, string> {
  const told = {
    ...(kafka === undefined
      ? {}
      : { KAFKA_BROKERS: kafka, BANKFLOW_KAFKA_PREFIX: `${name}.`, BANKFLOW_KAFKA_PARTITIONS: '2' }),
    ...(redis === undefined ? {} : { REDIS_URL: redis, BANKFLOW_REDIS_PREFIX: `${name}:` }),
  }
  const known = new Set(allSettings().flatMap((declared) => Object.values(declared).map(({ env }) => env)))
  return Object.fromEntries(Object.entries(told).filter(([name]) => known.has(name)))
}
