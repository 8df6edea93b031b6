import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = join(ROOT, 'frontend')
const STAMP = '.built-from'
const BUILD_MS = 120_000

const run = promisify(execFile)

/**
 * The folder of the built web app. Built when its sources changed since the last time (some seconds, in a process of its own, which ends): into
 * `frontend/dist` or, where that may not be written, below the home. Undefined when it cannot be built: the API does without.
 */
export async function builtWebApp(
  home: string,
  say: (line: string) => void,
  sources: string = SOURCES,
): Promise<string | undefined> {
  if (!existsSync(join(sources, 'index.html'))) return undefined
  const stamp = stampOf(sources)
  const places = [join(sources, 'dist'), join(home, 'web')]
  const ready = places.find((place) => stampIn(place) === stamp)
  if (ready !== undefined) return ready
  for (const place of places) {
    try {
      await build(sources, place, stamp)
      say('web app: built')
      return place
    } catch (error) {
      if (place === places.at(-1)) say(`web app: not built (${lineOf(error)}); the API goes on without it`)
    }
  }
  return undefined
}

/** Builds aside and then takes the name, so that whoever serves the folder meets a whole app, however many build it at once. */
async function build(sources: string, place: string, stamp: string): Promise<void> {
  const aside = `${place}.${process.pid}`
  const old = `${aside}.old`
  try {
    mkdirSync(aside, { recursive: true })
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
    await run(process.execPath, [vite, 'build', sources, '--outDir', aside, '--emptyOutDir', '--logLevel', 'error'], {
      cwd: ROOT,
      timeout: BUILD_MS,
    })
    writeFileSync(join(aside, STAMP), stamp)
    if (existsSync(place)) renameSync(place, old)
    renameSync(aside, place)
  } finally {
    rmSync(aside, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

function stampIn(place: string): string | undefined {
  const file = join(place, STAMP)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** SHA-256 of every source of the app and of the versions it is built with. */
function stampOf(sources: string): string {
  const digest = createHash('sha256')
  const files = readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(sources, 'dist')) && !file.endsWith('.test.ts'))
  for (const file of [...files.sort(), join(ROOT, 'package.json')])
    digest.update(file.slice(dirname(sources).length)).update(readFileSync(file))
  return digest.digest('hex')
}

function lineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string
}
