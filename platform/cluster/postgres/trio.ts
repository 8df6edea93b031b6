import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost, openPool, type Sql } from '#libs/sql/database.ts'
import { promoteBest } from '#libs/sql/failover.ts'
import { prepareBinaries } from '#platform/embedded/binaries.ts'
import { keepPassword, makeClusterOnce, SUPERUSER } from '#platform/embedded/cluster.ts'
import { findFreePort } from '#platform/embedded/connection.ts'
import { readNote, writeNote } from '#platform/embedded/durable-files.ts'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'
import { lockHome } from '#platform/embedded/lock.ts'
import { choosePlace, openHome } from '#platform/embedded/place.ts'
import { makeArchive } from './archive.ts'
import { cloneFrom, fence } from './data-folder.ts'
import { Member } from './member.ts'
import { conninfo, memberArguments, REPLICATOR, slotOf } from './settings.ts'

export interface TrioOptions {
  /** The folder of the group; made when missing, found again when there. */
  home: string
  /** The ports of the three servers on 127.0.0.1; free ones unless told. */
  ports?: readonly [number, number, number]
  /** Folders of single servers that lie elsewhere than in the home (a small disk, say), by name. */
  folders?: Readonly<Partial<Record<TrioName, string>>>
  /** Where the finished log files of the primary are kept for restores; `archive` in the home unless told, null for nowhere. */
  archive?: string | null
  /** The most seconds that a commit may wait for its log file to be archived (what a restore may lose at most); 60 unless told. */
  archive_timeout_s?: number
  log: (line: string) => void
  maxConnections?: number
  /** As PostgreSQL writes sizes; 64MB unless told. */
  sharedBuffers?: string
  /** False for tests: killed processes still lose nothing, but a crash of the machine may. */
  durable?: boolean
}

const CONNECT_LIMIT_MS = 60_000
const CONNECT_PAUSE_MS = 500

export const TRIO_NAMES = ['one', 'two', 'three'] as const
export type TrioName = (typeof TRIO_NAMES)[number]

/** A primary and two replicas on this machine; a commit is confirmed when one of the replicas has it on its disk. */
export interface Trio {
  /** one, two, three, whatever they are at the moment. */
  readonly members: readonly Member[]
  /** The server that accepts writes, also while it is killed and nobody was promoted. */
  readonly primary: Member
  /** The servers that follow it. */
  readonly replicas: readonly Member[]
  /** All three servers in one URL, as the superuser unless told otherwise; `libs/sql` finds the primary among them. */
  url(database?: string, user?: string, password?: string): string
  /** A server's URL by itself. */
  urlOf(member: Member, database?: string, user?: string, password?: string): string
  /** Where the log is archived, or undefined. */
  readonly archive: string | undefined
  /** Kills a server (the primary unless told) and its children at once. */
  kill(member?: Member): Promise<void>
  /** Starts a server that was killed or stopped. */
  start(member: Member): Promise<void>
  /** Fences the primary first, running or not; then promotes the replica that has most, which the other one follows. */
  promote(options?: { accept_loss?: boolean }): Promise<Member>
  /** Makes a fenced or broken server anew as a replica of the present primary. */
  rejoin(member: Member): Promise<void>
  stop(): Promise<void>
}

/** Starts the group, making it at the first start. Throws EmbeddedServerError with one line that says what to do. */
export async function startTrio(options: TrioOptions): Promise<Trio> {
  const home = openHome(options.home)
  const lock = lockHome(home)
  const group = await Group.make(home, options).catch((error) => {
    lock.release()
    throw error
  })
  try {
    await group.startAll()
    return group.asTrio(() => lock.release())
  } catch (error) {
    await group.stop()
    lock.release()
    throw error
  }
}

/** The three servers and who of them is the primary. */
class Group {
  readonly members: readonly Member[]
  readonly #options: TrioOptions
  readonly #password: string
  readonly #replicatorPassword: string
  readonly #archive: string | undefined
  #primary: Member

  static async make(home: string, options: TrioOptions): Promise<Group> {
    const password = keepPassword(home)
    const archive = options.archive === null ? undefined : (options.archive ?? join(home, 'archive'))
    const members: Member[] = []
    for (const [i, name] of TRIO_NAMES.entries()) {
      const place = choosePlace(openHome(options.folders?.[name] ?? join(home, name)), options)
      const binaries = await prepareBinaries(place, options.log)
      if (archive !== undefined) makeArchive(archive, place.user)
      const port = options.ports?.[i] ?? (await findFreePort())
      const connection = { host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres' } as const
      const args = memberArguments({ ...options, name, place, port, archive })
      if (name === 'one' && !members.length)
        await makeClusterOnce({ place, binaries, password, durable: options.durable ?? true, log: options.log })
      members.push(new Member({ name, place, binaries, connection, args, log: options.log }))
    }
    return new Group(members, options, { password, replicator: keepReplicatorPassword(home), archive })
  }

  constructor(
    members: readonly Member[],
    options: TrioOptions,
    secrets: { password: string; replicator: string; archive: string | undefined },
  ) {
    this.members = members
    this.#options = options
    this.#password = secrets.password
    this.#replicatorPassword = secrets.replicator
    this.#archive = secrets.archive
    const primaries = members.filter((member) => member.part() === 'primary')
    if (primaries.length !== 1)
      throw new EmbeddedServerError(
        `${options.home} has ${primaries.length} servers that are primary: move all but the one that is to stay away`,
      )
    this.#primary = primaries[0] as Member
  }

  async startAll(): Promise<void> {
    process.on('exit', this.#atExit)
    await this.#primary.start()
    await this.#prepare()
    await Promise.all(this.#others().map((member) => this.#startReplica(member)))
  }

  asTrio(released: () => void): Trio {
    const group = this
    return {
      members: this.members,
      archive: this.#archive,
      get primary() {
        return group.#primary
      },
      get replicas() {
        return group.#others().filter((member) => member.part() === 'replica')
      },
      url: (database, user, password) => this.#url(this.members, database, user, password),
      urlOf: (member, database, user, password) => this.#url([member], database, user, password),
      kill: (member = this.#primary) => member.kill(),
      start: (member) => member.start(),
      promote: (how) => this.#promote(how?.accept_loss ?? false),
      rejoin: (member) => this.#rejoin(member),
      stop: () => this.stop().finally(released),
    }
  }

  /** The primary last: what it still has to send finds its replicas. */
  async stop(): Promise<void> {
    process.off('exit', this.#atExit)
    await Promise.all([this.#primary, ...this.#others()].map((member) => member.stop()))
  }

  #others(): Member[] {
    return this.members.filter((member) => member !== this.#primary)
  }

  #url(members: readonly Member[], database = 'postgres', user = SUPERUSER, password = this.#password): string {
    const [role, secret, name] = [user, password, database].map(encodeURIComponent)
    return `postgres://${role}:${secret}@${members.map((member) => `127.0.0.1:${member.port}`).join(',')}/${name}`
  }

  /** The role that replicas come as; written without waiting for replicas, which do not exist yet at the first start. */
  async #prepare(): Promise<void> {
    await this.#asSuperuser(this.#primary, async (sql) => {
      await sql.unsafe('set synchronous_commit = local')
      const [known] = await sql`select from pg_roles where rolname = ${REPLICATOR}`
      const verb = known === undefined ? 'create' : 'alter'
      await sql.unsafe(`${verb} role ${REPLICATOR} login replication password '${this.#replicatorPassword}'`)
    })
  }

  async #startReplica(member: Member): Promise<void> {
    if (member.part() === 'fenced') this.#options.log(`${member.name} stays fenced until it rejoins`)
    else if (member.part() === 'none') await this.#rejoin(member)
    else await member.start()
  }

  async #rejoin(member: Member): Promise<void> {
    if (member === this.#primary) throw new EmbeddedServerError(`${member.name} is the primary: it follows nobody`)
    await member.stop()
    const slot = slotOf(member.name)
    await this.#asSuperuser(this.#primary, async (sql) => {
      await sql`select pg_create_physical_replication_slot(${slot}, true)
        where not exists (select from pg_replication_slots where slot_name = ${slot})`
    })
    const { port } = this.#primary
    const text = conninfo({ port, name: member.name, password: this.#replicatorPassword })
    await cloneFrom(this.#primary.options(), member.place, { conninfo: text, slot })
    await member.start()
  }

  async #promote(acceptLoss: boolean): Promise<Member> {
    const old = this.#primary
    const candidates = this.#others().filter((member) => member.part() === 'replica')
    await old.kill()
    fence(old.place)
    const promoted = await promoteBest({
      candidates: candidates.map((member) => ({ name: member.name, target: member.options() })),
      conninfoOf: (name, follower) =>
        conninfo({ port: this.#member(name).port, name: follower, password: this.#replicatorPassword }),
      accept_loss: acceptLoss,
    })
    this.#primary = this.#member(promoted)
    return this.#primary
  }

  #member(name: string): Member {
    return this.members.find((member) => member.name === name) as Member
  }

  /** Once more while no connection comes about, on a machine that is busy with a bank: `work` must bear that. */
  async #asSuperuser<T>(member: Member, work: (sql: Sql) => Promise<T>): Promise<T> {
    for (const untilMs = performance.now() + CONNECT_LIMIT_MS; ; await sleep(CONNECT_PAUSE_MS)) {
      const sql = openPool(member.options(), { name: 'bankflow-cluster', max: 1 })
      try {
        return await work(sql)
      } catch (error) {
        if (!isConnectionLost(error) || performance.now() > untilMs) throw error
      } finally {
        await sql.end({ timeout: 5 })
      }
    }
  }

  readonly #atExit = (): void => {
    for (const member of this.members) member.endWithUs()
  }
}

function keepReplicatorPassword(home: string): string {
  const file = join(home, 'replicator-password')
  const known = readNote(file)
  if (known !== undefined) return known
  const password = randomBytes(24).toString('base64url')
  writeNote(file, password, 0o600)
  return password
}
