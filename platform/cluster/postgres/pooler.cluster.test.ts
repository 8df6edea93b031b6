import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { generateSigningKey } from '#libs/crypto/signing-keys.ts'
import { openPool, type Target } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import { Bank } from '../../bank.ts'
import { GATEWAY, serviceNames } from '../../catalogue.ts'
import { migrateAll, rolePassword, targetOf } from '../../databases.ts'
import { findFreePort } from '../../embedded/connection.ts'
import { startEmbeddedServer } from '../../embedded/server.ts'
import { makeTemporaryHome } from '../../embedded/temporary-home.ts'
import { findUnprivilegedUser, isRoot } from '../../embedded/unprivileged-user.ts'
import { gatewayListener } from '../../listeners.ts'
import { PLAIN_TUNING } from '../../postgres-settings.ts'
import { seedSandbox } from '../../sandbox.ts'
import { Api } from '../../testing/api.ts'
import { fundedPair } from '../../testing/funded-pair.ts'
import { RAISED_LIMITS } from '../../testing/open-bank.ts'

const BOUND = { timeout: 300_000 }
const PROGRAM = process.env.BANKFLOW_TEST_PGBOUNCER ?? '/usr/sbin/pgbouncer'
const ABSENT = existsSync(PROGRAM) ? false : 'PgBouncer is not installed here'

/** PgBouncer in transaction mode with its own defaults: two sessions of the server for each database and role. */
async function startPooler(t: TestContext, folder: string, port: number, users: Map<string, string>): Promise<number> {
  const at = join(folder, 'pooler')
  mkdirSync(at)
  const listen_port = await findFreePort()
  const userlist = [...users].map(([user, password]) => `"${user}" "${password}"`).join('\n')
  writeFileSync(join(at, 'users.txt'), userlist)
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(at, 'users.txt'),
    pool_mode: 'transaction',
    default_pool_size: 2,
    max_client_conn: 500,
    pidfile: join(at, 'pid'),
    logfile: join(at, 'log'),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(
    join(at, 'pooler.ini'),
    ['[databases]', `* = host=127.0.0.1 port=${port}`, '[pgbouncer]', ...lines, ''].join('\n'),
  )
  const user = isRoot() ? findUnprivilegedUser() : undefined
  if (user !== undefined)
    for (const name of ['', 'users.txt', 'pooler.ini']) chownSync(join(at, name), user.uid, user.gid)
  const child = spawn(PROGRAM, ['-q', join(at, 'pooler.ini')], { stdio: 'ignore', cwd: at, ...user })
  t.after(async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  })
  return listen_port
}

describe('behind PgBouncer in transaction mode', { ...BOUND, skip: ABSENT }, () => {
  test(
    'customers open accounts and fifty transfers at once all end; sessions have their limits without asking for them',
    BOUND,
    async (t) => {
      const folder = await makeTemporaryHome('bf-pooler-')
      chmodSync(folder, 0o755)
      const keys = localKeyProvider({ file: join(folder, 'master.key'), create: true })
      const server = await startEmbeddedServer({
        home: join(folder, 'home'),
        log: () => {},
        listen: 'loopback',
        durable: false,
        maxConnections: 150,
      })
      t.after(async () => {
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      })
      await migrateAll(server.options, keys, serviceNames, () => {})
      const roles = serviceNames.flatMap((service) => [rolesOf(service).app, rolesOf(service).reader])
      const users = new Map(roles.map((role) => [role, rolePassword(keys)(role)]))
      const port = await startPooler(t, folder, server.connection.port, users)
      const through = (service: string, role: 'app' | 'reader'): Target => ({
        ...targetOf(server.options, keys, service, role),
        host: '127.0.0.1',
        port,
      })
      const sql = openPool(through('ledger-service', 'app'), { name: 'test', max: 1, isPooled: true })
      t.after(() => sql.end({ timeout: 1 }))
      let limits: unknown
      while (limits === undefined) {
        const [row] =
          await sql`select current_setting('statement_timeout') as statement, current_setting('jit') as jit`.catch(
            () => [],
          )
        limits = row === undefined ? undefined : { ...row }
        await sleep(20)
      }
      assert.deepEqual(limits, { statement: '30s', jit: 'off' })

      const serviceKey = generateSigningKey()
      const bank = new Bank({
        profile: 'sandbox',
        here: [...serviceNames, GATEWAY],
        env: { ...RAISED_LIMITS },
        keys,
        targetOf: through,
        tuning: { ...PLAIN_TUNING, isPooled: true },
        log: createLog({ service: 'test', level: 'silent' }),
        urlOf: () => undefined,
        keyOf: () => serviceKey,
        keysOfService: () => new Map(),
      })
      await bank.open()
      await seedSandbox(bank, () => {})
      const listener = gatewayListener(bank, createMetrics(), { webApp: undefined })
      await listener.listen({ port: 0, host: '127.0.0.1' })
      t.after(async () => {
        await listener.close()
        await bank.stop()
      })
      const api = new Api(`http://127.0.0.1:${(listener.server.address() as { port: number }).port}`)
      const pair = await fundedPair({ api }, 1_000_000)
      const opposite = { source_account_id: pair.source, destination_account_id: pair.destination }
      const wishes = Array.from({ length: 50 }, () => ({
        ...opposite,
        amount_cents: 100,
        currency: 'EUR',
        description: 'pooled',
      }))
      const begun = await Promise.all(wishes.map((wish) => api.expect(202, api.pay(wish, { token: pair.payer }))))
      const ended = await Promise.all(begun.map(({ body }) => api.ended(pair.payer, body.transaction_id, 60_000)))
      assert.deepEqual([...new Set(ended.map(({ status }) => status))], ['COMPLETED'])
      const { body } = await api.expect(200, api.balance(pair.payer, pair.source))
      assert.equal(body.ledger_balance_cents ?? body.balance_cents, 995_000)
    },
  )
})
