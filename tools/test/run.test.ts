import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { storiesIn } from '#platform/cluster/testing/stories.ts'
import { splitIntoShards, testFiles } from './files.ts'
import { runShard } from './shard.ts'
import { closingLine, isGood, newTally, type Tally } from './tally.ts'

const HEAD = "import assert from 'node:assert/strict'\nimport { before, describe, test } from 'node:test'\n"
const FILES: Record<string, string> = {
  'good.test.ts': "test('holds', () => assert.ok(true))\nsetInterval(() => {}, 1000)\n",
  'bad.test.ts': "describe('d', () => { test('breaks', () => assert.equal(1, 2)); test('holds', () => {}) })\n",
  'hook.test.ts': "describe('d', () => { before(() => { throw new Error('boom') }); test('never runs', () => {}) })\n",
  'skip.test.ts': "test('waits', { skip: 'no browser here' }, () => {})\ntest('holds', () => {})\n",
  'todo.test.ts': "test('later', { todo: true }, () => assert.fail())\ntest('holds', () => {})\n",
  'empty.test.ts': 'export const nothing: number = 1\n',
  'lost.test.ts': "import './missing.ts'\ntest('holds', () => {})\n",
  'late.test.ts':
    "test('throws later', () => { setTimeout(() => { throw new Error('too late') }, 20) })\n" +
    "test('holds', () => new Promise((resolve) => setTimeout(resolve, 200)))\n",
  'slow.test.ts': "test('never ends', () => new Promise(() => {}))\n",
  'stuck.test.ts': "test('spins', () => { for (;;); })\n",
  'frozen.test.ts':
    "test('holds', () => {})\n" +
    "test('freezes', async () => { await new Promise((resolve) => setTimeout(resolve, 50)); for (;;); })\n",
  'exit.test.ts': "test('leaves', () => process.exit(0))\n",
  'fresh/cached.test.ts':
    "import { globSync } from 'node:fs'\nimport { setTimeout as sleep } from 'node:timers/promises'\n" +
    "const written = () => globSync(process.env.NODE_COMPILE_CACHE + '/*/*')\n" +
    "test('is served', async () => { while (written().length === 0) await sleep(5) })\n",
}

describe('a run of the tests', () => {
  let root = ''
  const lines: string[] = []

  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bankflow-run-')))
    mkdirSync(join(root, '.tmp'))
    mkdirSync(join(root, 'fresh'))
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(root, name), HEAD + text)
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  const runFiles = (...files: string[]): Promise<Tally> => runIn(root, ...files)
  async function runIn(root: string, ...files: string[]): Promise<Tally> {
    const tally = newTally()
    const print = (line: string) => lines.push(line)
    const signal = new AbortController().signal
    await runShard({ root, number: 1, files, env: {}, signal, print, test_timeout_ms: 1000, silence_ms: 3000 }, tally)
    return tally
  }
  const isFine = (tally: Tally) => isGood(tally, { require_all: false })

  test('is good when every test passes, and ends although a timer is left over', async () => {
    const tally = await runFiles('good.test.ts')
    assert.equal(closingLine(tally), '1 passed, 0 failed')
    assert.ok(isFine(tally))
  })

  test('counts a failed test once, shows its error, and goes on with the next file in the same process', async () => {
    const tally = await runFiles('bad.test.ts', 'good.test.ts')
    assert.equal(closingLine(tally), '2 passed, 1 failed')
    assert.ok(!isFine(tally))
    assert.ok(lines.some((line) => line.includes('d › breaks') && line.includes('1 !== 2')))
  })

  for (const [file, name] of [
    ['hook.test.ts', 'boom'],
    ['empty.test.ts', 'defines no test'],
    ['lost.test.ts', 'missing.ts'],
    ['late.test.ts', 'too late'],
    ['slow.test.ts', 'timed out'],
    ['stuck.test.ts', 'SIGKILL'],
    ['exit.test.ts', 'before it was done'],
  ] as const) {
    test(`fails and says "${name}" for ${file}`, async () => {
      const tally = await runFiles(file)
      assert.ok(!isFine(tally), closingLine(tally))
      assert.ok(
        tally.failures.some((failure) => failure.error.includes(name)),
        JSON.stringify(tally.failures),
      )
    })
  }

  test('names the file, and where it can the test, in which a process hung', async () => {
    assert.match((await runFiles('stuck.test.ts')).failures[0]?.name ?? '', /^in stuck\.test\.ts/)
    assert.equal((await runFiles('frozen.test.ts')).failures[0]?.name, 'frozen.test.ts: freezes')
  })

  test('passes with a skipped test unless everything is required; work to be done counts as skipped', async () => {
    const tally = await runFiles('skip.test.ts', 'todo.test.ts')
    assert.equal(closingLine(tally), '2 passed, 0 failed, 2 skipped')
    assert.equal(tally.skips[0]?.reason, 'no browser here')
    assert.ok(isGood(tally, { require_all: false }))
    assert.ok(!isGood(tally, { require_all: true }))
  })

  test('what was loaded is compiled for the processes that a test starts, while the run goes on', async () => {
    const tally = await runIn(join(root, 'fresh'), 'cached.test.ts')
    assert.equal(closingLine(tally), '1 passed, 0 failed')
  })

  test('a run of nothing is not good', () => {
    assert.ok(!isFine(newTally()))
  })

  test('a file that needs a cluster is in the lane of the cluster, and in no other', () => {
    mkdirSync(join(root, 'libs'))
    for (const name of ['plain.test.ts', 'kafka.cluster.test.ts']) writeFileSync(join(root, 'libs', name), '')
    assert.deepEqual(testFiles(root, []), ['libs/plain.test.ts'])
    assert.deepEqual(testFiles(root, [], 'cluster'), ['libs/kafka.cluster.test.ts'])
    assert.deepEqual(testFiles(root, ['kafka']), [])
  })

  test('a story that opens a bank is told on a cluster, too; one that starts its own is left out with the reason', () => {
    const root = join(import.meta.dirname, '../..')
    const { told, alone, left } = storiesIn(root, testFiles(root, []))
    assert.ok(told.includes('platform/stories/first-transfer.test.ts'))
    const reasons = new Map(left.map(({ file, reason }) => [file, reason]))
    assert.match(reasons.get('platform/stories/crash.test.ts') ?? '', /of its own kind/)
    assert.match(reasons.get('platform/stories/business-month.test.ts') ?? '', /a month/)
    assert.ok(alone.includes('platform/stories/privacy.test.ts'))
    assert.equal(told.length + alone.length + left.length, testFiles(root, ['platform/stories/']).length)
  })

  test('files are dealt so that the slow one stands alone and none is lost', () => {
    const shards = splitIntoShards(['a', 'b', 'c', 'slow'], { slow: 60 }, 2)
    assert.deepEqual(shards, [['slow'], ['a', 'b', 'c']])
    assert.deepEqual(splitIntoShards(['a'], {}, 2), [['a']])
  })
})
