import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { startTrio, type Trio } from '#platform/cluster/postgres/trio.ts'
import { migrateAll, serverOf } from '#platform/databases.ts'
import { makeTemporaryHome } from '#platform/embedded/temporary-home.ts'

const BOUND = { timeout: 300_000 }
const SERVICE = 'fraud-service'
const run = promisify(execFile)

/** A primary and two replicas with the database of one service. */
async function aTrio(t: TestContext): Promise<Trio> {
  const home = await makeTemporaryHome('bf-failover-')
  const trio = await startTrio({ home: join(home, 'servers'), archive: null, log: () => {}, durable: false })
  t.after(async () => {
    await trio.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await migrateAll(serverOf(trio.url()), keys, [SERVICE], () => {})
  return trio
}

/** The program, as an operator starts it; what it says. */
async function failover(trio: Trio, old: string, more: readonly string[] = []): Promise<string> {
  const args = ['tools/failover.ts', '--old', old, '--fence', 'true', ...more]
  const env = { ...process.env, DATABASE_URL: trio.url(), NODE_TEST_CONTEXT: undefined }
  const { stdout } = await run(process.execPath, args, { cwd: join(import.meta.dirname, '..'), env })
  return stdout
}

async function on<T>(trio: Trio, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPool({ url: trio.url(rolesOf(SERVICE).database) }, { name: 'test', max: 1 })
  return work(sql).finally(() => sql.end({ timeout: 1 }))
}

const epochAndRestores = (trio: Trio) =>
  on(trio, async (sql) => {
    const [row] = await sql<{ epoch: number; restores: number }[]>`
      select epoch, (select count(*)::int from restores where reconciled_at is null) as restores from outbox_state`
    return row
  })

describe('npm run failover', () => {
  test('promotes the replica that has all of what was confirmed, and the bank goes on as it was', BOUND, async (t) => {
    const trio = await aTrio(t)
    const before = await epochAndRestores(trio)
    const { primary } = trio
    await trio.kill()
    assert.match(await failover(trio, `127.0.0.1:${primary.port}`), /127\.0\.0\.1:\d+ is the primary; make .* anew/)
    assert.deepEqual(await epochAndRestores(trio), before)
  })

  test(
    'that may have lost something begins a new epoch, and the bank is not ready before it was compared',
    BOUND,
    async (t) => {
      const trio = await aTrio(t)
      const before = await epochAndRestores(trio)
      const { primary, replicas } = trio
      await trio.kill(replicas[0])
      await trio.kill()
      const old = `127.0.0.1:${primary.port}`
      await assert.rejects(failover(trio, old), /does not answer .* nothing was done/)
      assert.match(await failover(trio, old, ['--accept-loss']), /epoch \d+ has begun: .* npm run reconcile/)
      const after = await epochAndRestores(trio)
      assert.ok((after?.epoch ?? 0) > (before?.epoch ?? 0))
      assert.equal(after?.restores, 1)
    },
  )
})
