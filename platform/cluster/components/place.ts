import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where components are kept that no package manager installs for the whole machine; git ignores it. */
const COMPONENTS = join(import.meta.dirname, '../../../.components')
/** Debian puts servers where only root's PATH looks, and Go where nobody's does. */
const MORE_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/local/go/bin', '/usr/lib/go/bin']

/** Why a component cannot be had on this machine, in one line. */
export class NotObtainable extends Error {
  override readonly name = 'NotObtainable'
}

/** The path of a program of this machine, if it has it. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_PLACES]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** As `findProgram`; throws NotObtainable with what would bring it. */
export function programOf(name: string, hint: string): string {
  const found = findProgram(name)
  if (found === undefined) throw new NotObtainable(`${name} is not on this machine (${hint})`)
  return found
}

/** The folder of a component in one version, made by `make` at the first time: complete or not there. */
export async function keptFolder(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(COMPONENTS, name)
  if (existsSync(folder)) return folder
  mkdirSync(COMPONENTS, { recursive: true })
  const half = mkdtempSync(join(COMPONENTS, `making-${name}-`))
  try {
    await make(half)
    // Another run may have made the same meanwhile; one of the two is enough.
    if (!existsSync(folder)) renameSync(half, folder)
  } finally {
    rmSync(half, { recursive: true, force: true })
  }
  return folder
}

const TRIES = 2
const LIMIT_MS = 600_000

/** Runs a package manager; what it downloads may fail once. Throws NotObtainable with the end of what it said. */
export async function runInstaller(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run(command, [...args], { ...options, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 })
      return
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      const said = `${stdout}${stderr}`.trim().split('\n').slice(-3).join(' | ')
      if (attempt === TRIES) throw new NotObtainable(`${command} failed: ${said || String(error)}`)
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
