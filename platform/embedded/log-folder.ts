import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './place.ts'

const KEPT = 5

/** What the server says before its own log is open goes here, afresh at each start. */
export function startLog(place: Place): string {
  return join(place.folder, 'start.log')
}

/** The server starts a new file at 10 MB or a day; only the newest five stay. */
export function keepNewestLogs(place: Place): void {
  for (const name of logsIn(place.log).slice(0, -KEPT)) rmSync(join(place.log, name), { force: true })
}

/** Why the server went, in its own last words: the last fatal line of its logs that was written after `since` (ms), or ''. */
export function lastFatalLine(place: Place, since: number): string {
  const newest = logsIn(place.log).at(-1)
  const files = [startLog(place), ...(newest === undefined ? [] : [join(place.log, newest)])]
  const lines = files
    .filter((file) => existsSync(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .slice(-64 * 1024)
        .split('\n'),
    )
  const fatal = lines.findLast((line) => FATAL.test(line) && !isOlder(line, since))
  return fatal === undefined ? '' : explain(fatal.replace(/^.*?(FATAL|PANIC): +/, ''))
}

/** A server's own end (a session's FATAL has its database before the word), or what it says before it can log. */
const FATAL = /\]\s+FATAL|PANIC|^(?!\d{4}-).*(error while loading|invalid |could not )/

/** The lines that people meet, told as what to do. */
export function explain(line: string): string {
  if (/No space left on device|ENOSPC/.test(line)) return `the disk is full (${line})`
  if (/error while loading shared libraries|not found \(required by|ENOENT|ENOEXEC/.test(line)) {
    return `its programs do not run on this machine (${line}): set DATABASE_URL to a PostgreSQL server`
  }
  if (/database files are incompatible with server/.test(line)) {
    return 'the data were made by another major version: start the BankFlow that made them, or set another BANKFLOW_HOME'
  }
  return line
}

function isOlder(line: string, since: number): boolean {
  const at = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+) UTC/.exec(line)
  return at !== null && Date.parse(`${at[1]}T${at[2]}Z`) < since
}

function logsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^postgres-.*\.log$/.test(name))
    .sort()
}
