import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { readNote, syncFolder, writeNote } from './durable-files.ts'
import { EmbeddedServerError } from './embedded-server-error.ts'
import { explain } from './log-folder.ts'
import type { Place } from './place.ts'
import { childOptions } from './postgres-process.ts'

/** The server's own superuser; services get roles of their own. */
export const SUPERUSER = 'postgres'

const run = promisify(execFile)

/** The superuser's password, made at the first start and kept in the home for us alone. */
export function keepPassword(home: string): string {
  const file = join(home, 'postgres-password')
  const known = readNote(file)
  if (known !== undefined) return known
  const password = randomBytes(24).toString('base64url')
  writeNote(file, password, 0o600)
  return password
}

/**
 * Makes the data folder at the first start. It is made under another name and renamed when complete, so that a data folder which
 * exists is whole; what a killed start left behind is removed and made again.
 */
export async function makeClusterOnce(options: {
  place: Place
  binaries: Binaries
  password: string
  durable: boolean
  log: (line: string) => void
}): Promise<void> {
  const { place } = options
  removeDrafts(place)
  if (existsSync(join(place.data, 'PG_VERSION'))) return
  if (existsSync(place.data)) {
    throw new EmbeddedServerError(
      `${place.data} is not a PostgreSQL data folder: move it away, or set another BANKFLOW_HOME`,
    )
  }
  options.log('making the database: some seconds, at the first start only')
  const draft = join(place.folder, `init-${randomBytes(4).toString('hex')}`)
  mkdirSync(draft, { mode: 0o700 })
  try {
    await initialise(draft, options)
    renameSync(join(draft, 'data'), place.data)
    syncFolder(place.folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function initialise(
  draft: string,
  options: { place: Place; binaries: Binaries; password: string; durable: boolean },
): Promise<void> {
  const { place, binaries } = options
  const secret = join(draft, 'password')
  writeFileSync(secret, options.password, { mode: 0o600 })
  if (place.user !== undefined) for (const path of [secret, draft]) chownSync(path, place.user.uid, place.user.gid)
  // Sorting by code point and case by Unicode, both built in: no locale of the machine, no version of ICU can change an index.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--encoding=UTF8']
  const access = ['-U', SUPERUSER, `--pwfile=${secret}`, '--auth-local=scram-sha-256', '--auth-host=scram-sha-256']
  const sync = options.durable ? [] : ['--no-sync']
  try {
    await run(binaries.initdb, ['-D', join(draft, 'data'), ...locale, ...access, ...sync], childOptions(place))
  } catch (error) {
    const said =
      error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
    throw new EmbeddedServerError(
      `PostgreSQL could not make its data folder: ${explain(lastError(said) || String(error))}`,
      {
        cause: error,
      },
    )
  }
}

function lastError(said: string): string {
  const lines = said.split('\n')
  return lines.findLast((line) => /error|fatal|could not/i.test(line)) ?? lines.at(-1) ?? ''
}

function removeDrafts(place: Place): void {
  for (const name of readdirSync(place.folder).filter((entry) => /^init-[0-9a-f]{8}$/.test(entry))) {
    try {
      rmSync(join(place.folder, name), { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // An initdb that outlived its killed parent may still write into its draft: the next start removes that one.
    }
  }
}
