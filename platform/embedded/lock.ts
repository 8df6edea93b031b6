import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EmbeddedServerError } from './embedded-server-error.ts'

/** The right to run on one home, held until `release` or the end of this process. */
export interface HomeLock {
  release(): void
}

const SQLITE_BUSY = 5

/**
 * Takes the home for this process, or throws one line that names who has it. Node offers no file lock, but SQLite takes a real one for
 * an exclusive transaction: the kernel drops it when the process dies however it dies, so there is no stale lock to reason about, and
 * it holds across containers that share the folder, where process numbers mean nothing.
 */
export function lockHome(home: string): HomeLock {
  const holder = join(home, 'platform.pid')
  const file = new DatabaseSync(join(home, 'platform.lock'))
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    const isHeld = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
    if (!isHeld) throw new EmbeddedServerError(`cannot lock ${home}: ${String(error)}`, { cause: error })
    throw new EmbeddedServerError(
      `another BankFlow${processIn(holder)} already runs on ${home}: stop it first, or set another BANKFLOW_HOME`,
    )
  }
  writeFileSync(holder, `${process.pid}\n`)
  return {
    release() {
      if (file.isOpen) file.close()
    },
  }
}

function processIn(holder: string): string {
  try {
    return ` (process ${readFileSync(holder, 'utf8').trim()})`
  } catch {
    return ''
  }
}
