import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readNote, syncFolder, writeNote } from './durable-files.ts'
import { EmbeddedServerError } from './embedded-server-error.ts'
import { canReach, findUnprivilegedUser, isRoot, type ServerUser } from './unprivileged-user.ts'

/**
 * Where the server's files lie, and as whom it runs. The folder is ours; only `data`, `log` and `run` in it belong to the server's user,
 * so that root never follows a name which that user could have planted.
 */
export interface Place {
  readonly folder: string
  readonly data: string
  readonly log: string
  /** The socket's folder. */
  readonly run: string
  /** Undefined: as ourselves. */
  readonly user: ServerUser | undefined
  /** Where a copy of the binaries may be made so that the server's user reaches it. */
  readonly runtimes: string
}

/** Where root keeps what the server's user cannot reach below the home. */
const OUTSIDE = '/var/lib/bankflow'

const POINTER = 'postgres-place'

/** Makes the home (closed to others, but passable by the server's user when we are root) and answers its real path. */
export function openHome(home: string): string {
  makeFolder(home, isRoot() ? 0o711 : 0o700)
  return realpathSync(home)
}

/**
 * Decides where the data lie, once; later starts find them there.
 *
 * Below the home wherever that works: one folder to back up, mount or delete. It cannot work for root below a closed folder
 * (/root/bank): the server's user must pass every folder above its data, PostgreSQL opens them by name again and again so that an
 * opened folder cannot be handed to it, and to open somebody's home to all is not ours to do. The data then go to a folder of their own
 * under /var/lib/bankflow, which survives a restart of the machine (temporary folders do not); `postgres-place` in the home names it.
 */
export function choosePlace(
  home: string,
  options: { outside?: string | undefined; log: (line: string) => void },
): Place {
  const outside = options.outside ?? OUTSIDE
  const inside = join(home, 'postgres')
  if (!isRoot()) return ownPlace(home, inside)

  const named = readNote(join(home, POINTER))
  if (named !== undefined) {
    claim(named, home)
    options.log(`the data of ${home} lie in ${named}`)
    return arrange(named, ownerOfData(named), outside)
  }
  if (existsSync(inside)) return arrange(inside, ownerOfData(inside), inside)
  const user = findUnprivilegedUser()
  if (canReach(home, user)) return arrange(inside, user, inside)
  const folder = makeOutside(home, outside, user)
  options.log(`${home} is closed to the database's user: its data go to ${folder}`)
  return arrange(folder, user, outside)
}

function ownPlace(home: string, inside: string): Place {
  const owner = statSync(inside, { throwIfNoEntry: false })?.uid ?? process.geteuid?.()
  if (existsSync(join(home, POINTER)) || owner !== process.geteuid?.()) {
    throw new EmbeddedServerError(
      `the database of ${home} was made by another user: start as that user (or root), or set another BANKFLOW_HOME`,
    )
  }
  return arrange(inside, undefined, inside)
}

/** Root gives existing data to the user they belong to already, who may have started the bank before. */
function ownerOfData(folder: string): ServerUser {
  const data = statSync(join(folder, 'data'), { throwIfNoEntry: false }) ?? statSync(folder)
  const user = data.uid === 0 ? findUnprivilegedUser() : { uid: data.uid, gid: data.gid }
  if (canReach(folder, user)) return user
  throw new EmbeddedServerError(
    `the database in ${folder} belongs to user ${user.uid}, who can no longer pass the folders above it: open them to that user again`,
  )
}

function arrange(folder: string, user: ServerUser | undefined, runtimes: string): Place {
  makeFolder(folder, user === undefined ? 0o700 : 0o711)
  const place = {
    folder,
    data: join(folder, 'data'),
    log: join(folder, 'log'),
    run: join(folder, 'run'),
    user,
    runtimes,
  }
  for (const own of [place.log, place.run]) {
    mkdirSync(own, { recursive: true, mode: 0o700 })
    // Also mends a start that was killed between the two calls.
    if (user !== undefined && lstatSync(own).uid === 0) lchownSync(own, user.uid, user.gid)
  }
  return place
}

function makeOutside(home: string, outside: string, user: ServerUser): string {
  try {
    makeFolder(outside, 0o755)
  } catch (error) {
    throw new EmbeddedServerError(
      `${home} is closed to the database's user and ${outside} cannot be made: choose another BANKFLOW_HOME, or start as an ordinary user`,
      { cause: error },
    )
  }
  const { uid, mode } = statSync(outside)
  if (uid !== 0 || (mode & 0o022) !== 0 || !canReach(outside, user)) {
    throw new EmbeddedServerError(`${outside} must belong to root, be writable by root alone and passable by all`)
  }
  const folder = join(outside, `home-${randomBytes(8).toString('hex')}`)
  makeFolder(folder, 0o711)
  syncFolder(outside)
  writeNote(join(folder, 'home'), home, 0o644)
  writeNote(join(home, POINTER), folder, 0o644)
  return folder
}

/** A home that was moved takes its data along; a home that was copied must not share them with its original. */
function claim(folder: string, home: string): void {
  if (!existsSync(folder)) {
    throw new EmbeddedServerError(
      `${join(home, POINTER)} names ${folder}, which is gone: restore it, or remove ${home} to start an empty bank`,
    )
  }
  const original = readNote(join(folder, 'home')) ?? home
  if (original !== home && readNote(join(original, POINTER)) === folder) {
    throw new EmbeddedServerError(
      `${home} is a copy of ${original} and names its data: remove ${home} to start an empty bank there`,
    )
  }
  if (original !== home) writeNote(join(folder, 'home'), home, 0o644)
}

/** Makes a missing folder with exactly that mode, whatever the umask; an existing one stays as its owner wants it. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, mode)
}

/** The longest name of a socket that the system takes, in bytes. */
const SOCKET_NAME_MAX = process.platform === 'darwin' ? 103 : 107

/** The folder for the server's socket, or undefined where its name would be too long or the system has none (Windows). */
export function socketFolder(place: Place, port: number): string | undefined {
  if (process.platform === 'win32') return undefined
  const name = join(place.run, `.s.PGSQL.${port}`)
  // The server reads a comma as the end of a folder's name.
  return Buffer.byteLength(name) <= SOCKET_NAME_MAX && !/[,"]/.test(name) ? place.run : undefined
}
