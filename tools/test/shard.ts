import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { count, type FinishedEvent, type ShardEvent, type Tally } from './tally.ts'

/** A test that has not ended by then fails. */
const TEST_TIMEOUT_MS = 300_000
/** A process that says nothing for so long is stuck where node:test cannot see it (an endless loop, an import). */
const SILENCE_MS = TEST_TIMEOUT_MS + 30_000

export type ShardOptions = {
  readonly root: string
  readonly number: number
  readonly files: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly print: (line: string) => void
  /** Shorter in this tool's own tests. */
  readonly test_timeout_ms?: number
  readonly silence_ms?: number
}

/** Runs test files one after another in one process and counts what it tells; ends also when the process hangs or dies. */
export async function runShard(options: ShardOptions, tally: Tally): Promise<void> {
  const { root, number, files } = options
  mkdirSync(join(root, '.tmp/tests'), { recursive: true })
  const logFile = join(root, `.tmp/tests/shard-${number}.log`)
  const log = createWriteStream(logFile)
  // Types are stripped once, not once in each of the processes that tests start: theirs is the environment of this one.
  const cache = { NODE_COMPILE_CACHE: join(root, '.tmp/compile-cache') }
  const child = spawn(process.execPath, [...nodeOptions(options), ...files], {
    cwd: root,
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      ...cache,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(`could not start: ${error.message}`))
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`))
  })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const kill = () => child.kill('SIGKILL')
  options.signal.addEventListener('abort', kill)
  if (options.signal.aborted) kill()

  const failuresBefore = tally.failures.length
  const progress = followProgress(options, tally)
  const silence = setInterval(() => {
    if (progress.silent_ms() > (options.silence_ms ?? SILENCE_MS)) kill()
  }, 1000)
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    progress.take(JSON.parse(line) as ShardEvent)
  }
  const badEnd = await ended
  clearInterval(silence)
  options.signal.removeEventListener('abort', kill)
  progress.end()
  await new Promise<void>((resolve) => log.end(resolve))
  const hasOwnFailure = tally.failures.length > failuresBefore && progress.hasEnded()
  if (hasOwnFailure || (badEnd === undefined && progress.hasEnded())) return
  const during = progress.whereabouts()
  const how = badEnd ?? 'ended by itself before it was done'
  const error = [`the process ${how}; what it printed: ${relative(root, logFile)}`, ...progress.warnings].join('\n')
  tally.failures.push({ file: `shard ${number}`, name: during, error })
  options.print(`FAIL shard ${number}: ${during}\n${indent(error)}`)
}

function nodeOptions({ test_timeout_ms }: ShardOptions): string[] {
  return [
    '--test',
    '--test-isolation=none',
    '--test-force-exit',
    `--test-timeout=${test_timeout_ms ?? TEST_TIMEOUT_MS}`,
    `--test-reporter=${pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href}`,
    '--test-reporter-destination=stdout',
  ]
}

/** Prints a line for each file as the shard leaves it and each failure in full; knows what runs and for how long. */
function followProgress({ root, print, files }: ShardOptions, tally: Tally) {
  const unheard = new Set(files)
  const warnings: string[] = []
  let running: string | undefined
  let hasEnded = false
  let lastHeard = performance.now()
  let current = { file: '', ms: 0, tests: 0, failed: false }

  function end(): void {
    if (current.tests > 0) {
      const seconds = (current.ms / 1000).toFixed(1).padStart(6)
      print(`${current.failed ? 'FAIL' : 'ok  '} ${seconds} s ${String(current.tests).padStart(4)}  ${current.file}`)
    }
    current = { file: '', ms: 0, tests: 0, failed: false }
  }

  function takeFinished(event: FinishedEvent): void {
    running = undefined
    const file = relative(root, event.file).replaceAll('\\', '/')
    if (file !== current.file) end()
    current.file = file
    unheard.delete(file)
    const failuresBefore = tally.failures.length
    count(tally, { ...event, file })
    if (event.is_counted) current.tests += 1
    if (event.is_top) current.ms += event.duration_ms
    const failure = tally.failures[failuresBefore]
    if (failure === undefined) return
    current.failed = true
    print(`FAIL ${file}: ${event.name}\n${indent(failure.error)}`)
  }

  function takeWarning(text: string): void {
    warnings.push(text)
    print(`note ${text}`)
  }

  function take(event: ShardEvent): void {
    lastHeard = performance.now()
    if (event.kind === 'started') running = `${relative(root, event.file)}: ${event.name}`
    else if (event.kind === 'warning') takeWarning(event.text)
    else if (event.kind === 'ended') hasEnded = true
    else takeFinished(event)
  }

  /** Where the process was when it ended: a test that never yields is not even announced, only its file is silent. */
  function whereabouts(): string {
    const [next] = unheard
    return running ?? (next === undefined ? 'after its last test' : `in ${next}, before a test of it ended`)
  }

  return {
    take,
    end,
    warnings,
    whereabouts,
    hasEnded: () => hasEnded,
    silent_ms: () => performance.now() - lastHeard,
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '     ')
}
