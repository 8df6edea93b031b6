import { join } from 'node:path'
import { startTestServer } from '#libs/testing/server.ts'
import {
  type Components,
  type Obtained,
  obtainComponents,
  startComponents,
} from '#platform/cluster/components/components.ts'
import { storiesIn } from '#platform/cluster/testing/stories.ts'
import { startWarden } from '#platform/cluster/warden.ts'
import { type StartedField, startField } from '#platform/faults/start-field.ts'
import { testFiles } from './test/files.ts'
import { runShard } from './test/shard.ts'
import { closingLine, isGood, newTally, type Tally } from './test/tally.ts'

const ROOT = join(import.meta.dirname, '..')
const IS_FULL = process.env.BANKFLOW_FAULTS?.startsWith('full') === true
/** A test of faults takes minutes, and its start on a busy machine some more; with every story under every fault a quarter of an hour and more. */
const TEST_TIMEOUT_MS = IS_FULL ? 3_600_000 : 900_000
const SILENCE_MS = TEST_TIMEOUT_MS + 60_000
/** Files that have not begun by then are not run, and the run fails: whoever waits for it learns why. */
const RUN_MS = IS_FULL ? 14_400_000 : 3_600_000
/** Logs beside those of `npm test`. */
const FIRST_LOG = 101

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
// A leaked handle must not hold the run.
process.exit()

/**
 * `npm run test:cluster`: runs every `*.cluster.test.ts` beside components that are started once; then tells the stories on banks of many processes.
 * With arguments, those whose path contains one of them.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const unknown = args.find((arg) => arg.startsWith('--'))
  const tests = testFiles(ROOT, args, 'cluster')
  const stories = storiesIn(ROOT, testFiles(ROOT, args))
  const isNothing = tests.length + stories.told.length + stories.alone.length === 0
  if (unknown !== undefined || isNothing) {
    console.error(unknown === undefined ? `no cluster test matches ${args.join(' ')}` : `unknown option ${unknown}`)
    return false
  }
  const run = newRun()
  const obtained = await obtainComponents()
  for (const { name, reason } of obtained.missing) console.log(`missing ${name}: ${reason}`)
  console.log(`components are here after ${run.elapsed()}`)
  if (tests.length > 0) await besideComponents(tests, obtained, run)
  await onOneBank(stories.told, run)
  for (const file of stories.alone) await onOneBank([file], run)
  for (const { file, reason } of stories.left) console.log(`not on a cluster: ${file} (${reason})`)
  console.log(`the run took ${run.elapsed()}`)
  return report(run.tally, obtained)
}

interface Run {
  readonly tally: Tally
  elapsed(): string
  /** Runs files one after the other, each in a process of its own: what one of them leaves behind, or breaks, is not in the way of the next. */
  all(files: readonly string[], env: NodeJS.ProcessEnv): Promise<void>
  /** Files that could not be run, and why. */
  notRun(files: readonly string[], error: unknown): void
  isOver(): boolean
}

function newRun(): Run {
  const since = performance.now()
  const tally = newTally()
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const limits = { root: ROOT, print: console.log, test_timeout_ms: TEST_TIMEOUT_MS, silence_ms: SILENCE_MS }
  let number = FIRST_LOG
  const run: Run = {
    tally,
    elapsed: () => `${((performance.now() - since) / 1000).toFixed(1)} s`,
    all: async (files, env) => {
      for (const file of files) {
        if (stopping.signal.aborted) return
        if (performance.now() - since > RUN_MS) run.notRun([file], 'the run took too long before it')
        else await runShard({ ...limits, number: number++, files: [file], env, signal: stopping.signal }, tally)
      }
    },
    notRun: (files, error) => {
      for (const file of files) {
        tally.failures.push({ file, name: 'not run', error: String(error) })
        console.log(`FAIL ${file}: not run: ${String(error)}`)
      }
    },
    isOver: () => stopping.signal.aborted,
  }
  return run
}

async function besideComponents(files: readonly string[], obtained: Obtained, run: Run): Promise<void> {
  const warden = await startWarden()
  try {
    const components = await startComponents(obtained, warden)
    console.log(`components answer after ${run.elapsed()}: ${components.parts.map(({ name }) => name).join(', ')}`)
    const server = await startTestServer()
    try {
      await run.all(files, { ...addressesOf(obtained, components), BANKFLOW_TEST_DATABASE_URL: server.url })
    } finally {
      await server.stop()
      await components.stop()
    }
  } finally {
    await warden.close()
  }
}

/** Tells stories on a bank of many processes, with components of its own. */
async function onOneBank(files: readonly string[], run: Run): Promise<void> {
  if (files.length === 0 || run.isOver()) return
  let bank: StartedField | undefined
  try {
    bank = await startField(console.log, { env: { BANKFLOW_LOG_LEVEL: 'debug' } })
  } catch (error) {
    run.notRun(files, error)
    return
  }
  try {
    await run.all(files, { BANKFLOW_TEST_BANK: bank.standingBank })
  } finally {
    await bank.stop()
  }
}

/** What tests read by `testComponents()`; a component that is not there is not named, also where the caller's environment does. */
function addressesOf(obtained: Obtained, { kafka, redis, toxiproxy }: Components): NodeJS.ProcessEnv {
  return {
    BANKFLOW_TEST_KAFKA: kafka?.brokers,
    BANKFLOW_TEST_REDIS: redis?.url,
    BANKFLOW_TEST_TOXIPROXY: toxiproxy?.api,
    BANKFLOW_TEST_REDIS_SERVER: obtained.redisServer,
    BANKFLOW_TEST_PGBOUNCER: obtained.pgbouncer,
  }
}

function report(tally: Tally, { missing }: Obtained): boolean {
  const require_all = process.env.BANKFLOW_REQUIRE_ALL === '1'
  for (const { name, reason } of missing) console.log(`not run for want of ${name}: ${reason}`)
  for (const { file, name, reason } of tally.skips) console.log(`skip ${file}: ${name} (${reason})`)
  if (require_all && tally.skips.length + missing.length > 0)
    console.log('BANKFLOW_REQUIRE_ALL=1: what is missing or skipped fails the run')
  for (const { file, name } of tally.failures) console.log(`FAIL ${file}: ${name}`)
  console.log(closingLine(tally))
  return isGood(tally, { require_all }) && !(require_all && missing.length > 0)
}
