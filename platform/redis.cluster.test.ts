import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type RedisServer, startRedis } from '#libs/cache/testing/redis-servers.ts'
import { createMetrics, type Metrics } from '#libs/telemetry/metrics.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { Bank } from './bank.ts'
import { GATEWAY } from './catalogue.ts'
import { gatewayListener, serviceListener } from './listeners.ts'
import { registerPlatformMetrics } from './platform-metrics.ts'
import { openCache } from './redis-settings.ts'
import { Api, aKey } from './testing/api.ts'
import { fundedPair } from './testing/funded-pair.ts'
import { openBank, type TestBank } from './testing/open-bank.ts'

/** A gateway of a process of its own, as far as one can be in a test: what it knows of the bank comes over the network and from Redis. */
interface Gateway {
  api: Api
  bank: Bank
  metrics: Metrics
}

interface Opened {
  redis: RedisServer
  bank: TestBank
  one: Gateway
  other: Gateway
  /** The lines about Redis, of all processes. */
  lines: string[]
}

/** A bank whose services are in one process, behind two gateways that share a Redis of the test. */
async function openWithRedis(t: TestContext, env: Record<string, string> = {}): Promise<Opened> {
  const redis = await startRedis(t)
  const lines: string[] = []
  const write = (line: string): void => void (line.includes('Redis') && lines.push(line))
  const settings = { REDIS_URL: `redis://127.0.0.1:${redis.port}`, BANKFLOW_REDIS_DEADLINE_MS: '500', ...env }
  const bank = await openBank({ env: settings, log: { write } })
  t.after(() => bank.close())
  const { options } = bank.bank
  const key = options.keyOf(GATEWAY)
  options.keysOfService = () => new Map([[key.kid, key.publicKey]])
  const services = serviceListener(bank.bank, createMetrics())
  const url = await services.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => services.close())
  const open = async (): Promise<Gateway> => {
    const cache = await openCache(options.env, options.log)
    const gateway = new Bank({ ...options, cache, here: [GATEWAY], urlOf: () => url })
    await gateway.open()
    const metrics = createMetrics()
    registerPlatformMetrics(metrics, gateway)
    const edge = gatewayListener(gateway, metrics)
    t.after(async () => {
      await edge.close()
      await gateway.stop()
      await cache.close()
    })
    return { api: new Api(await edge.listen({ port: 0, host: '127.0.0.1' })), bank: gateway, metrics }
  }
  return { redis, bank, one: await open(), other: await open(), lines }
}

const isBack = ({ bank }: Gateway): Promise<unknown> => eventually(() => !bank.cache.figures().isCutOff, 30_000)
const isAway = ({ bank }: Gateway): Promise<unknown> => eventually(() => bank.cache.figures().isCutOff, 30_000)

describe('two gateways and a Redis', () => {
  test('count one limit together; each by itself while Redis is away, with a line and a figure; and together again', async (t) => {
    const { redis, bank, one, other, lines } = await openWithRedis(t, { BANKFLOW_RATE_LIMIT_LOOKUP_PER_MINUTE: '6' })
    const allowedOf = async (user: string): Promise<number> => {
      const token = await bank.api.signIn(user)
      let allowed = 0
      for (let i = 0; i < 20; i++) {
        const { api } = i % 2 === 0 ? one : other
        const { status, headers } = await api.get('/accounts/lookup?account_number=1', { token })
        assert.notEqual(status >= 500, true, `${status}`)
        if (status !== 429) allowed += 1
        else assert.deepEqual([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')], ['6', '0'])
      }
      return allowed
    }
    // One more where a minute turns in between: what counts of the last one is less than the whole.
    const together = await allowedOf('customer1')
    assert.ok(together === 6 || together === 7, `${together}`)
    lines.length = 0
    await redis.kill()
    const apart = await allowedOf('customer2')
    assert.ok(apart >= 12 && apart <= 14, `${apart}`)
    for (const gateway of [one, other]) {
      await isAway(gateway)
      assert.match(await gateway.metrics.text(), /bankflow_redis_connected 0/)
    }
    await eventually(() => lines.length === 3, 30_000)
    assert.equal(lines.filter((line) => line.includes('goes on by itself')).length, 3, 'one of each process')
    await redis.start()
    for (const gateway of [one, other]) {
      await isBack(gateway)
      assert.match(await gateway.metrics.text(), /bankflow_redis_connected 1/)
    }
    const again = await allowedOf('teller')
    assert.ok(again === 6 || again === 7, `${again}`)
    assert.equal(lines.filter((line) => line.includes('goes on by itself')).length, 3)
  })

  test('hear of an ended session at once, without asking for it; without Redis by asking', async (t) => {
    const { redis, one, other } = await openWithRedis(t)
    const status = async ({ api }: Gateway, token: string): Promise<number> =>
      (await api.get('/users/me', { token })).status
    const token = await one.api.signIn('customer1')
    assert.equal(await status(other, token), 200)
    // From here on only the push can tell it.
    await other.bank.verifier.stop()
    await one.api.expect(204, one.api.post('/auth/logout', {}, { token }))
    await eventually(async () => (await status(other, token)) === 401)
    other.bank.verifier.start()
    await redis.kill()
    const later = await one.api.signIn('customer2')
    assert.equal(await status(other, later), 200)
    await one.api.expect(204, one.api.post('/auth/logout', {}, { token: later }))
    await eventually(async () => (await status(other, later)) === 401)
  })

  test('lose and double no money while Redis dies, freezes and comes back', async (t) => {
    const { redis, bank, one, other } = await openWithRedis(t)
    t.after(() => redis.thaw())
    const { payer, source, destination } = await fundedPair(one, 1_000_000)
    const wishes = Array.from({ length: 60 }, (_, i) => ({
      body: { source_account_id: source, destination_account_id: destination, amount_cents: 100 + i, currency: 'EUR' },
      key: aKey(),
    }))
    const happens: Record<number, () => unknown> = {
      15: () => redis.kill(),
      30: () => redis.start(),
      40: () => redis.freeze(),
      50: () => redis.thaw(),
    }
    const ids: string[] = []
    for (const [i, { body, key }] of wishes.entries()) {
      await happens[i]?.()
      const { api } = i % 2 === 0 ? one : other
      const { status, body: transfer } = await api.pay(body, { token: payer, key })
      assert.equal(status, 202, JSON.stringify(transfer))
      // By the other gateway: what a caller wrote he reads.
      const { api: elsewhere } = i % 2 === 0 ? other : one
      const read = await elsewhere.get(`/transactions/${transfer.transaction_id}`, { token: payer })
      assert.equal(read.status, 200)
      ids.push(transfer.transaction_id)
    }
    for (const id of ids) assert.equal((await bank.api.ended(payer, id)).status, 'COMPLETED')
    for (const [i, { body, key }] of wishes.entries()) {
      const again = await other.api.pay(body, { token: payer, key })
      assert.equal(again.body.transaction_id, ids[i])
    }
    const sum = wishes.reduce((total, { body }) => total + body.amount_cents, 0)
    assert.equal((await bank.api.balance(payer, source)).body.ledger_balance_cents, 1_000_000 - sum)
  })
})
