import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runParts } from './checks/part.ts'
import { CODE_PARTS } from './checks/parts.ts'
import { readWeights, splitIntoShards, testFiles, WEIGHTS_FILE } from './test/files.ts'
import { makeMemoryFolder } from './test/memory-folder.ts'
import { runShard } from './test/shard.ts'
import { closingLine, isGood, newTally, type Tally } from './test/tally.ts'

/** One more than the smallest machine has cores: while one of them waits for its database or for time to pass, the others use both (ADR 0022). */
const SHARDS = 3
const ROOT = join(import.meta.dirname, '..')

/** One PostgreSQL for the whole run; test files make their databases in it. */
type TestServer = { readonly url: string; readonly stop: () => Promise<void> }

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
// A leaked handle of the server's must not hold the run.
process.exit()

/** `npm test`: the checks, then every test. `npm test -- PATH…`: only the test files whose path contains PATH. */
async function main(args: readonly string[]): Promise<boolean> {
  const filters = args.filter((arg) => !arg.startsWith('--'))
  const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--weigh')
  const files = testFiles(ROOT, filters)
  if (unknown !== undefined || files.length === 0) {
    console.error(unknown === undefined ? `no test file matches ${filters.join(' ')}` : `unknown option ${unknown}`)
    return false
  }
  const checksPassed = filters.length > 0 || (await runParts(CODE_PARTS, ROOT))
  const folder = makeMemoryFolder()
  if (folder !== undefined) process.env.TMPDIR = folder.path
  const tally = await runTests(files).finally(() => folder?.remove())
  if (args.includes('--weigh')) writeWeights(tally)
  return report(tally, checksPassed)
}

async function runTests(files: readonly string[]): Promise<Tally> {
  const tally = newTally()
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const server = await startServer()
  const env = server === undefined ? {} : { BANKFLOW_TEST_DATABASE_URL: server.url }
  try {
    const shards = splitIntoShards(files, readWeights(), SHARDS)
    const { signal } = stopping
    await Promise.all(
      shards.map((list, i) =>
        runShard({ root: ROOT, number: i + 1, files: list, env, signal, print: console.log }, tally),
      ),
    )
  } finally {
    await server?.stop()
  }
  return tally
}

/** Starts the run's server by `startTestServer(): Promise<{ url, stop }>` of libs/testing; without that file there is none. */
async function startServer(): Promise<TestServer | undefined> {
  if (!existsSync(join(ROOT, 'libs/testing/server.ts'))) return undefined
  const file = '#libs/testing/server.ts'
  const { startTestServer } = (await import(file)) as { startTestServer: () => Promise<TestServer> }
  return await startTestServer()
}

function report(tally: Tally, checksPassed: boolean): boolean {
  const require_all = process.env.BANKFLOW_REQUIRE_ALL === '1'
  for (const { file, name, reason } of tally.skips) console.log(`skip ${file}: ${name} (${reason})`)
  if (require_all && tally.skips.length > 0)
    console.log('BANKFLOW_REQUIRE_ALL=1: a test skipped for want of a part fails the run')
  for (const { file, name } of tally.failures) console.log(`FAIL ${file}: ${name}`)
  if (!checksPassed) console.log('FAIL the checks at the top')
  console.log(closingLine(tally))
  return checksPassed && isGood(tally, { require_all })
}

function writeWeights(tally: Tally): void {
  const measured = [...tally.file_ms].filter(([, ms]) => ms >= 1000).sort(([a], [b]) => a.localeCompare(b))
  const weights = Object.fromEntries(measured.map(([file, ms]) => [file, Math.round(ms / 1000)]))
  writeFileSync(WEIGHTS_FILE, `${JSON.stringify(weights, null, 2)}\n`)
}
