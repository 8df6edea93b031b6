/** Where tests find the components that `npm run test:cluster` started; nothing of what the machine could not have. */
export interface TestComponents {
  /** Three brokers, `127.0.0.1:port` with commas. */
  readonly kafka: string | undefined
  readonly redis: string | undefined
  readonly toxiproxy: string | undefined
  /** Programs, for tests that start one of their own. */
  readonly redisServer: string | undefined
  readonly pgbouncer: string | undefined
}

/** Reads the addresses from the environment of the run. */
export function testComponents(env: NodeJS.ProcessEnv = process.env): TestComponents {
  return {
    kafka: env.BANKFLOW_TEST_KAFKA,
    redis: env.BANKFLOW_TEST_REDIS,
    toxiproxy: env.BANKFLOW_TEST_TOXIPROXY,
    redisServer: env.BANKFLOW_TEST_REDIS_SERVER,
    pgbouncer: env.BANKFLOW_TEST_PGBOUNCER,
  }
}
