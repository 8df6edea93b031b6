import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { startEmbeddedServer } from './embedded/server.ts'
import { makeTemporaryHome } from './embedded/temporary-home.ts'
import { aKey } from './testing/api.ts'
import { fundedPair } from './testing/funded-pair.ts'
import { LAST_RELEASE } from './testing/last-release.ts'
import { RAISED_LIMITS } from './testing/open-bank.ts'
import { SpawnedBank } from './testing/spawned-bank.ts'

const ROOT = join(import.meta.dirname, '..')
/** All that a bank without its web app is made of. */
const PARTS = ['contracts', 'libs', 'services', 'platform', 'tools', 'package.json', 'tsconfig.json']
const run = promisify(execFile)

function isInHistory(commit: string): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{tree}`], { cwd: ROOT, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The code of the last release in a folder of its own, over the packages of this one. */
async function lastRelease(folder: string): Promise<string> {
  const [tar, root] = [join(folder, 'release.tar'), join(folder, 'release')]
  await mkdir(root)
  await run('git', ['archive', '--output', tar, LAST_RELEASE.commit, ...PARTS], { cwd: ROOT })
  await run('tar', ['xf', tar, '-C', root])
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  return root
}

/** Two processes of one bank over one database server: one of the new code, which has migrated, then one of the last release. */
async function newAndOld(t: TestContext) {
  const folder = await makeTemporaryHome('bankflow-releases-')
  const server = await startEmbeddedServer({ home: folder, log: () => {}, listen: 'loopback', maxConnections: 250 })
  const envOf = (name: string) => ({
    BANKFLOW_HOME: join(folder, name),
    BANKFLOW_PROFILE: 'sandbox',
    BANKFLOW_MASTER_KEY_FILE: join(folder, 'master.key'),
    DATABASE_URL: server.url('postgres'),
    PORT: '0',
    ...RAISED_LIMITS,
  })
  const young = new SpawnedBank(envOf('new'))
  const old = new SpawnedBank(envOf('old'), await lastRelease(folder))
  t.after(async () => {
    await Promise.all([young.stop(), old.stop()])
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  await run(process.execPath, ['tools/launch.mjs', 'tools/seed.ts', '--master-key', join(folder, 'master.key')], {
    cwd: ROOT,
  })
  return { young: await young.start(180_000), old: await old.start(180_000), oldProcess: old }
}

if (isInHistory(LAST_RELEASE.commit))
  test('the last release works on the new schema, beside the new code and on the same customers', {
    timeout: 500_000,
  }, async (t) => {
    const { young, old, oldProcess } = await newAndOld(t)
    const { payer, source, destination } = await fundedPair({ api: old }, 100_000)
    const wish = {
      source_account_id: source,
      destination_account_id: destination,
      amount_cents: 1_000,
      currency: 'EUR',
    }
    for (const [here, there] of [
      [old, young],
      [young, old],
    ] as const) {
      const { body } = await here.expect(202, here.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
      assert.equal((await there.ended(payer, body.transaction_id, 60_000)).status, 'COMPLETED')
    }
    for (const api of [old, young]) {
      assert.equal((await api.balance(payer, source)).body.ledger_balance_cents, 98_000)
      const officer = await api.signIn('officer')
      const { body: trial } = await api.get('/ledger/reports/trial-balance', { token: officer })
      assert.ok(trial.currencies.every((currency: { is_balanced: boolean }) => currency.is_balanced))
      const { body: letters } = await api.get('/admin/dead-letters', { token: await api.signIn('operator') })
      assert.deepEqual(letters.items, [])
    }
    assert.equal(await oldProcess.stop(), 0)
  })
else
  test('the last release is not in this clone, so that only the rule about its migrations is checked', (t) =>
    t.diagnostic(`git fetch --unshallow brings ${LAST_RELEASE.commit}`))
