import type { KafkaOptions } from '../options.ts'

/** The brokers of this run of the tests, with names that begin with `prefix`. Throws where there are none: these tests need them. */
export function testKafka(prefix: string): KafkaOptions {
  const brokers = process.env.BANKFLOW_TEST_KAFKA?.split(',')
  if (brokers === undefined) throw new Error('BANKFLOW_TEST_KAFKA is not set: npm run test:cluster starts brokers')
  return {
    brokers,
    prefix,
    partitions: 4,
    replicas: Math.min(3, brokers.length),
    retentionMs: 3_600_000,
    compression: 'zstd',
  }
}
