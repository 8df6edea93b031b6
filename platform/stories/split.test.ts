import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { RAISED_LIMITS } from '../testing/open-bank.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** The same code as two processes on one PostgreSQL server: the ledger alone, everything else with the gateway. */
test('the story holds split over two processes that know each other by token', { timeout: 180_000 }, async (t) => {
  const home = await makeTemporaryHome('bankflow-split-')
  const server = await startEmbeddedServer({ home, log: () => {}, listen: 'loopback', maxConnections: 120 })
  const [gatewayPort, servicePort, ledgerPort] = [await freePort(), await freePort(), await freePort()]
  const keys = join(home, 'service-keys')
  const common = {
    BANKFLOW_HOME: home,
    BANKFLOW_PROFILE: 'sandbox',
    DATABASE_URL: server.url('postgres'),
    BANKFLOW_MASTER_KEY_FILE: join(home, 'master.key'),
    SERVICE_KEYS: join(keys, 'public.json'),
    ...RAISED_LIMITS,
  }
  const tool = (script: string, args: string[], env: object = common): Promise<unknown> =>
    run(process.execPath, ['tools/launch.mjs', script, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  await tool('tools/seed.ts', ['--master-key', common.BANKFLOW_MASTER_KEY_FILE], {})
  await tool('tools/seed.ts', ['--service-keys', keys], {})
  await tool('tools/migrate.ts', [], {
    DATABASE_URL: common.DATABASE_URL,
    BANKFLOW_MASTER_KEY_FILE: common.BANKFLOW_MASTER_KEY_FILE,
    BANKFLOW_HOME: home,
    SERVICE_KEYS: undefined,
  })
  const rest = `http://127.0.0.1:${servicePort}`
  const ledger = new SpawnedBank({
    ...common,
    SERVICE: 'ledger',
    PORT: String(ledgerPort),
    SERVICE_KEY_FILE: join(keys, 'ledger-service.json'),
    IDENTITY_URL: rest,
    ACCOUNT_URL: rest,
    TRANSACTION_URL: rest,
    FRAUD_URL: rest,
    NOTIFICATION_URL: rest,
    ADMIN_URL: rest,
    AUDIT_URL: rest,
  })
  const others = new SpawnedBank({
    ...common,
    SERVICE: 'api-gateway,identity,account,transaction,fraud,notification,audit,admin',
    PORT: String(gatewayPort),
    BANKFLOW_SERVICE_PORT: String(servicePort),
    SERVICE_KEY_FILE: [
      'api-gateway',
      'identity-service',
      'account-service',
      'transaction-service',
      'fraud-service',
      'notification-service',
      'audit-service',
      'admin-service',
    ]
      .map((name) => join(keys, `${name}.json`))
      .join(','),
    LEDGER_URL: `http://127.0.0.1:${ledgerPort}`,
  })
  t.after(async () => {
    await Promise.all([ledger.stop(), others.stop()])
    await server.stop()
    await rm(home, { recursive: true, force: true })
  })
  const [, api] = await Promise.all([ledger.start(), others.start()])

  const { payer, source, destination } = await fundedPair({ api }, 100_000)
  const wish = { source_account_id: source, destination_account_id: destination, amount_cents: 25_000, currency: 'EUR' }
  const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
  assert.equal((await api.ended(payer, body.transaction_id)).status, 'COMPLETED')
  assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 75_000)
  const { body: entries } = await api.expect(200, api.get(`/ledger/accounts/${source}/entries`, { token: payer }))
  assert.equal(entries.items.length, 2)
  const stranger = (await api.newCustomer()).token
  assert.equal((await api.get(`/ledger/accounts/${source}/entries`, { token: stranger })).status, 404)
  const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: await api.signIn('officer') })
  assert.ok(trial.currencies.every((currency: { is_balanced: boolean }) => currency.is_balanced))

  await t.test(
    'the gateway never routes what is between services, and services take no token but their own',
    async () => {
      assert.equal((await fetch(`${api.url}/internal/events?after=0`)).status, 404)
      assert.equal((await fetch(`${api.url}/internal/batch/postTransaction`, { method: 'POST' })).status, 404)
      const direct = await fetch(`http://127.0.0.1:${ledgerPort}/internal/batch/postTransaction`, {
        method: 'POST',
        headers: { authorization: `Bearer ${payer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ members: [] }),
      })
      assert.equal(direct.status, 401)
      assert.equal((await fetch(`http://127.0.0.1:${ledgerPort}/internal/events?after=0`)).status, 401)
      const besideTheGateway = { authorization: `Bearer ${payer}`, 'x-forwarded-for': '203.0.113.7' }
      for (const path of [`/api/v1/ledger/accounts/${source}/entries`, '/sandbox/clock']) {
        const { status } = await fetch(`http://127.0.0.1:${ledgerPort}${path}`, { headers: besideTheGateway })
        assert.equal(status, 401, path)
        assert.equal((await fetch(api.url + path, { headers: besideTheGateway })).status, 200, path)
      }
    },
  )

  await t.test('while the ledger is away a transfer waits, and ends when it is back', async () => {
    await ledger.kill()
    const { body: waiting } = await api.expect(
      202,
      api.post('/transactions/transfer', { ...wish, amount_cents: 100 }, { token: payer, key: aKey() }),
    )
    assert.equal((await api.balance(payer, source)).status, 503)
    await ledger.start()
    assert.equal((await api.ended(payer, waiting.transaction_id, 30_000)).status, 'COMPLETED')
    assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 74_900)
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
