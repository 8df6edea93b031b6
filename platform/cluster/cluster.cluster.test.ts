import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually } from '#libs/testing/service-test.ts'
import { Api, aKey } from '../testing/api.ts'
import { fundedPair } from '../testing/funded-pair.ts'
import { testComponents } from './testing/components.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_MS = 400_000
const PARTS = 3 + 1 + 1 + 13 + 3
const { kafka, redis } = testComponents()
const missing = kafka === undefined || redis === undefined ? 'Kafka or Redis is not here' : false

/** `npm run cluster`, and what it has printed so far. */
function startTool(t: TestContext) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BANKFLOW_')))
  const child = spawn(process.execPath, ['tools/launch.mjs', 'tools/cluster.ts'], {
    cwd: ROOT,
    env: { ...env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  return { child, output: () => output }
}

/** The name and pid of each part, from its line of state. */
function partsIn(output: string): Map<string, number> {
  return new Map(
    [...output.matchAll(/^ {2}(\S+-\d|\S+-(?:one|two|three)|redis|toxiproxy) +ready +(\d+)/gm)].map(([, name, pid]) => [
      name as string,
      Number(pid),
    ]),
  )
}

test('the cluster shows a line for each part, moves money at every gateway, tells of a part that ended, and leaves nothing behind', {
  skip: missing,
  timeout: 2 * START_MS,
}, async (t) => {
  const { child, output } = startTool(t)
  const urls = await eventually(() => {
    assert.equal(child.exitCode, null, output())
    return /^ {2}(http:\S+) {3}(http:\S+) {3}ready in/m.exec(output())?.slice(1) ?? false
  }, START_MS)
  const parts = partsIn(output())
  assert.equal(parts.size, PARTS, output())

  for (const url of urls) {
    const api = new Api(url)
    const { payer, source, destination } = await fundedPair({ api }, 1_000)
    const wish = { source_account_id: source, destination_account_id: destination, amount_cents: 250, currency: 'EUR' }
    const { body } = await api.expect(202, api.post('/transactions/transfer', wish, { token: payer, key: aKey() }))
    assert.equal((await api.ended(payer, body.transaction_id, 60_000)).status, 'COMPLETED')
  }

  process.kill(parts.get('audit-1') as number, 'SIGKILL')
  await eventually(() => assert.match(output(), /audit-1 +gone/), 60_000)

  const exited = once(child, 'exit')
  child.kill('SIGINT')
  assert.deepEqual(await exited, [0, null], output())
  for (const [name, pid] of parts)
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, `${name} is still there`)
})
