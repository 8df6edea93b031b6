import { execFile } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isConnectionLost, openPool, type Sql, type Target } from '#libs/sql/database.ts'
import { restoreCommand } from '#platform/cluster/postgres/archive.ts'
import { type Binaries, prepareBinaries } from '#platform/embedded/binaries.ts'
import { keepPassword, SUPERUSER } from '#platform/embedded/cluster.ts'
import { findFreePort } from '#platform/embedded/connection.ts'
import { syncFolder } from '#platform/embedded/durable-files.ts'
import { EmbeddedServerError, systemCodeOf } from '#platform/embedded/embedded-server-error.ts'
import { lockHome } from '#platform/embedded/lock.ts'
import { stopOrphan } from '#platform/embedded/orphan.ts'
import { choosePlace, openHome, type Place, socketFolder } from '#platform/embedded/place.ts'
import {
  type PostgresProcess,
  signalPostgres,
  spawnPostgres,
  stopPostgres,
} from '#platform/embedded/postgres-process.ts'
import { serverArguments } from '#platform/embedded/settings.ts'
import { readBackUp } from './back-up.ts'
import { beginEpoch } from './epoch.ts'
import { damagedFiles } from './verify-files.ts'

export interface RestoreOptions {
  /** The folder of one back-up. */
  backUp: string
  /** The folder of archived log files; undefined restores to the back-up's own moment. */
  archive: string | undefined
  /** The second to restore to; undefined for everything that the archive has. */
  to: Date | undefined
  /** A home without data: where `npm start`, or a group of servers whose primary this becomes, finds them then. */
  home: string
  /** The home whose password the superuser gets, where it is another one (that of a group of servers). */
  passwordHome?: string
  log: (line: string) => void
}

export interface Restored {
  /** The epoch that began: the same in every database of this server. */
  epoch: number
  /** The last commit that is there, as the server tells it; undefined when the log had none. */
  last_commit_at: Date | undefined
}

/**
 * Restores a server to a second, into an empty home, and begins a new epoch in each of its databases, which are not ready until they were
 * reconciled. Refuses a damaged back-up, a home that has data, and a second that the back-up and the archive do not cover; then nothing is left.
 */
export async function restoreServer(options: RestoreOptions): Promise<Restored> {
  const { about } = readBackUp(options.backUp)
  if (options.to !== undefined && options.archive === undefined)
    throw new EmbeddedServerError('a second can be restored to only with the archive of the log')
  if (options.archive !== undefined && !existsSync(options.archive))
    throw new EmbeddedServerError(`the archive ${options.archive} does not exist`)
  if (options.to !== undefined && options.to < new Date(about.finished_at))
    throw new EmbeddedServerError(`the back-up ends at ${about.finished_at}: for an earlier second take an older one`)
  const home = openHome(options.home)
  const lock = lockHome(home)
  try {
    const place = choosePlace(home, options)
    if (existsSync(place.data)) throw new EmbeddedServerError(`${place.data} has data: restore into an empty home`)
    const binaries = await prepareBinaries(place, options.log)
    // Under a name that nobody starts, until its epoch has begun: a restore that is killed leaves nothing that looks like a bank's server.
    const draft = { ...place, data: join(place.folder, 'restore') }
    await stopOrphan(draft, binaries, options.log)
    rmSync(draft.data, { recursive: true, force: true })
    try {
      await extract(options, draft)
      const restored = await recover(options, draft, binaries, keepPassword(options.passwordHome ?? home))
      renameSync(draft.data, place.data)
      syncFolder(place.folder)
      return restored
    } finally {
      rmSync(draft.data, { recursive: true, force: true })
    }
  } finally {
    lock.release()
  }
}

/** The files of the back-up, each compared with its sum. */
async function extract({ backUp, archive, to, log }: RestoreOptions, place: Place): Promise<void> {
  const { data } = place
  mkdirSync(data, { mode: 0o700 })
  await promisify(execFile)('tar', ['-x', '-z', '-f', join(backUp, 'base.tar.gz'), '-C', data]).catch((cause) => {
    throw new EmbeddedServerError(`the back-up cannot be unpacked: ${cause.stderr || cause.message}`, { cause })
  })
  const damaged = await damagedFiles(data, join(backUp, 'backup_manifest'))
  if (damaged.length > 0)
    throw new EmbeddedServerError(`the back-up is damaged: ${damaged.slice(0, 3).join('; ')}; take another one`)
  log('the back-up is whole')
  writeFileSync(join(data, 'postgresql.auto.conf'), recoverySettings(archive, to), { mode: 0o600 })
  // Some systems keep it elsewhere; everything that matters comes as an argument.
  if (!existsSync(join(data, 'postgresql.conf'))) writeFileSync(join(data, 'postgresql.conf'), '')
  if (archive !== undefined) writeFileSync(join(data, 'recovery.signal'), '')
  await giveTo(place, data)
}

function recoverySettings(archive: string | undefined, to: Date | undefined): string {
  if (archive === undefined) return ''
  // Abbreviations of time zones, Z among them, are not known yet when the server reads this.
  const target = to === undefined ? [] : [`recovery_target_time = '${to.toISOString().replace('Z', '+00')}'`]
  const command = restoreCommand(archive).replaceAll("'", "''")
  return [`restore_command = '${command}'`, ...target, "recovery_target_action = 'promote'", ''].join('\n')
}

async function giveTo(place: Place, folder: string): Promise<void> {
  if (place.user === undefined) return
  await promisify(execFile)('chown', ['-R', `${place.user.uid}:${place.user.gid}`, folder])
}

const RECOVERS_WITHIN_MS = 4 * 3_600_000

/** Nobody but us reaches the server meanwhile: over a socket in a closed folder, as the superuser, whose password is made anew. */
async function recover(options: RestoreOptions, place: Place, binaries: Binaries, password: string): Promise<Restored> {
  const access = join(place.folder, 'restore-access.conf')
  writeFileSync(access, 'local all all trust\n', { mode: 0o600 })
  if (place.user !== undefined) chownSync(access, place.user.uid, place.user.gid)
  const port = await findFreePort()
  const socket = socketFolder(place, port)
  if (socket === undefined)
    throw new EmbeddedServerError(`the name of ${place.run} is too long for a socket: choose a shorter home`)
  const args = serverArguments({
    data: place.data,
    logFolder: place.log,
    socketFolder: socket,
    port,
    maxConnections: 300,
    sharedBuffers: '128MB',
    durable: true,
  })
  // Whatever its own file said: it is alone now, and waits for nobody. Nobody reads while it recovers, so it need not be as large as what was saved.
  const alone = [`hba_file=${access}`, 'archive_mode=off', 'synchronous_standby_names=', 'ssl=off', 'hot_standby=off']
  const running = spawnPostgres(place, binaries, [...args, ...alone.flatMap((setting) => ['-c', setting])])
  const endWithUs = (): void => void signalPostgres(running.pid, 'SIGINT', binaries)
  process.on('exit', endWithUs)
  const to = (database: string): Target => ({ host: place.run, port, database, user: SUPERUSER })
  try {
    const last_commit_at = await untilRecovered(to('postgres'), running, place)
    await asSuperuser(to('postgres'), (sql) => sql.unsafe(`alter role ${SUPERUSER} password '${password}'`))
    const epoch = await beginEpoch(to, options.to?.toISOString() ?? 'latest')
    await asSuperuser(to('postgres'), (sql) => sql.unsafe('alter system reset all'))
    return { epoch, last_commit_at }
  } finally {
    await stopPostgres({ pid: running.pid, binaries, log: options.log, isAlive: () => running.isAlive() })
    process.off('exit', endWithUs)
    rmSync(access, { force: true })
  }
}

async function untilRecovered(target: Target, running: PostgresProcess, place: Place): Promise<Date | undefined> {
  let last: Date | undefined
  for (const until = Date.now() + RECOVERS_WITHIN_MS; Date.now() < until; await sleep(100)) {
    if (!running.isAlive())
      throw new EmbeddedServerError(`PostgreSQL could not recover: ${explained(await running.gone, place)}`)
    try {
      const [row] = await asSuperuser(
        target,
        (sql) => sql<{ is_recovering: boolean; last: Date | null }[]>`
          select pg_is_in_recovery() as is_recovering, pg_last_xact_replay_timestamp() as last`,
      )
      last = row?.last ?? last
      if (row?.is_recovering === false) return last
    } catch (error) {
      if (systemCodeOf(error) === '28000')
        throw new EmbeddedServerError(
          `the back-up is of a server without the role ${SUPERUSER}: docs/runbooks/restore.md says how a server of your own is restored`,
          { cause: error },
        )
      // Else it is starting up.
      if (!isConnectionLost(error)) throw error
    }
  }
  throw new EmbeddedServerError('PostgreSQL did not finish its recovery within four hours')
}

function explained(reason: string, { user, log }: Place): string {
  if (/could not restore file/.test(reason))
    return `${reason}; can ${user === undefined ? 'this user' : `the database's user (${user.uid})`} read the archive? More is in ${log}`
  if (!/recovery ended before configured recovery target/.test(reason)) return reason
  return 'the archive ends before that second: give an earlier one, or latest'
}

async function asSuperuser<T>(target: Target, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPool(target, { name: 'bankflow-restore', max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}
