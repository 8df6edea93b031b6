import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmbeddedServerError } from './embedded-server-error.ts'

/** The user that the server runs as. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** True when this process is root, as which PostgreSQL refuses to run. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/**
 * The user to give the server to when we are root: `postgres` where the machine has one, else `nobody`. Nobody is shared with other
 * daemons, but it exists everywhere, and making an account on somebody's machine is not ours to do.
 */
export function findUnprivilegedUser(accounts: string = readAccounts()): ServerUser {
  const rows = accounts.split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const row = rows.find(([account]) => account === name)
    const [uid, gid] = [Number(row?.[2]), Number(row?.[3])]
    // macOS writes nobody's ids as -2: the same 32 bits, unsigned.
    if (row !== undefined && uid !== 0 && Number.isInteger(uid) && Number.isInteger(gid))
      return { uid: uid >>> 0, gid: gid >>> 0 }
  }
  throw new EmbeddedServerError(
    'PostgreSQL does not run as root, and this machine has no user postgres or nobody: start BankFlow as an ordinary user, or set DATABASE_URL',
  )
}

/** Whether that user may pass every folder down to `path` and enter or execute `path` itself. Access lists are not looked at. */
export function canReach(path: string, user: ServerUser): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    if (!isOpenTo(at, user)) return false
    if (dirname(at) === at) return true
  }
}

function isOpenTo(path: string, user: ServerUser): boolean {
  const { mode, uid, gid } = statSync(path)
  if (uid === user.uid) return (mode & 0o100) !== 0
  return (mode & (gid === user.gid ? 0o010 : 0o001)) !== 0
}

function readAccounts(): string {
  return existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : ''
}
