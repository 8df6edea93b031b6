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
/** A test of faults takes minutes, and its start on a busy machine some more; with every story under every fault a quarter of an hour and more. */
const TEST_TIMEOUT_MS = process.env.BANKFLOW_FAULTS === 'full' ? 3_600_000 : 900_000
const SILENCE_MS = TEST_TIMEOUT_MS + 60_000
/** Files that have not begun by then are not run, and the run fails: whoever waits for it learns why. */
const RUN_MS = process.env.BANKFLOW_FAULTS === 'full' ? 14_400_000 : 3_600_000
/** Logs beside those of `npm test`. */
const FIRST_LOG = 101

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
// A leaked handle must not hold the run.
process.exit()

/**
 * `npm run test:cluster`: starts the components once; then runs every `*.cluster.test.ts`, and tells the stories on banks of many processes.
 * With arguments, those whose path contains one of them.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const unknown = args.find((arg) => arg.startsWith('--'))
  const stories = storiesIn(ROOT, testFiles(ROOT, args))
  const files = [...testFiles(ROOT, args, 'cluster'), ...stories.told, ...stories.alone]
  if (unknown !== undefined || files.length === 0) {
    console.error(unknown === undefined ? `no cluster test matches ${args.join(' ')}` : `unknown option ${unknown}`)
    return false
  }
  const since = performance.now()
  const elapsed = (): string => `${((performance.now() - since) / 1000).toFixed(1)} s`
  const obtained = await obtainComponents()
  for (const { name, reason } of obtained.missing) console.log(`missing ${name}: ${reason}`)
  console.log(`components are here after ${elapsed()}`)
  const warden = await startWarden()
  try {
    const components = await startComponents(obtained, warden)
    console.log(`components answer after ${elapsed()}: ${components.parts.map((part) => part.name).join(', ')}`)
    const tally = await runFiles(files, { stories, obtained, components })
    for (const { file, reason } of stories.left) console.log(`not on a cluster: ${file} (${reason})`)
    console.log(`the run took ${elapsed()}`)
    return report(tally, obtained)
  } finally {
    await warden.close()
  }
}

interface Run {
  readonly stories: Pick<ReturnType<typeof storiesIn>, 'told' | 'alone'>
  readonly obtained: Obtained
  readonly components: Components
}

async function runFiles(files: readonly string[], { stories, obtained, components }: Run): Promise<Tally> {
  const since = performance.now()
  const tally = newTally()
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const server = await startTestServer()
  const env: NodeJS.ProcessEnv = { ...addressesOf(obtained, components), BANKFLOW_TEST_DATABASE_URL: server.url }
  const limits = { root: ROOT, print: console.log, test_timeout_ms: TEST_TIMEOUT_MS, silence_ms: SILENCE_MS }
  const bank = bankOfStories()
  try {
    // A process for each file: what one of them leaves behind, or breaks, is not in the way of the next.
    for (const [i, file] of files.entries()) {
      if (stopping.signal.aborted) break
      if (performance.now() - since > RUN_MS) {
        tally.failures.push({ file, name: 'not run', error: 'the run took too long before it' })
        continue
      }
      try {
        const isAlone = stories.alone.includes(file)
        if (isAlone) await bank.stop()
        if (isAlone || stories.told.includes(file)) {
          // A bank brings its own.
          await components.stop()
          env.BANKFLOW_TEST_BANK = await bank.file()
        }
        await runShard({ ...limits, number: FIRST_LOG + i, files: [file], env, signal: stopping.signal }, tally)
      } catch (error) {
        tally.failures.push({ file, name: 'not run', error: String(error) })
        console.log(`FAIL ${file}: ${String(error)}`)
      }
    }
  } finally {
    await bank.stop()
    await server.stop()
    await components.stop()
  }
  return tally
}

/** The bank that stories are told on: it stands from the first of them on, until it is stopped; then there is a new one for the next. */
function bankOfStories(): { file(): Promise<string>; stop(): Promise<void> } {
  let field: StartedField | undefined
  return {
    file: async () => {
      field ??= await startField(console.log, { env: { BANKFLOW_LOG_LEVEL: 'debug' } })
      return field.standingBank
    },
    stop: async () => {
      await field?.stop()
      field = undefined
    },
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
