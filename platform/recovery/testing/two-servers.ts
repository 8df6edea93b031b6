import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyProvider } from '#libs/crypto/key-provider.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { createMetrics } from '#libs/telemetry/metrics.ts'
import type { Bank } from '../../bank.ts'
import { GATEWAY, serviceNames } from '../../catalogue.ts'
import { archiveCommand, makeArchive } from '../../cluster/postgres/archive.ts'
import { type Server, targetOf } from '../../databases.ts'
import { choosePlace, openHome } from '../../embedded/place.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../../embedded/server.ts'
import { gatewayListener } from '../../listeners.ts'
import { Api } from '../../testing/api.ts'
import { openOver } from '../../testing/bank-over.ts'
import { RAISED_LIMITS } from '../../testing/open-bank.ts'
import { type BackUp, takeBackUp } from '../back-up.ts'
import type { SqlOf } from '../reconcile-types.ts'

/** The servers of the bank: the ledger's database has one for itself, all others share the other. */
export const SERVERS = ['ledger', 'rest'] as const
export type ServerName = (typeof SERVERS)[number]

const LEDGER_DATABASE = rolesOf('ledger-service').database
const NOT_DURABLE = { durable: false, sharedBuffers: '64MB', log: () => {} } as const

/** Two servers at work, and their databases. */
export class TwoServers {
  readonly #servers: Record<ServerName, EmbeddedServer>
  readonly #keys: KeyProvider
  readonly #pools = new Map<string, Sql>()

  /** Starts what is in these homes, making it where there is nothing. */
  static async start(homes: Record<ServerName, string>, keys: KeyProvider): Promise<TwoServers> {
    const started = await Promise.all(SERVERS.map((name) => startEmbeddedServer({ home: homes[name], ...NOT_DURABLE })))
    const [ledger, rest] = started as [EmbeddedServer, EmbeddedServer]
    return new TwoServers({ ledger, rest }, keys)
  }

  private constructor(servers: Record<ServerName, EmbeddedServer>, keys: KeyProvider) {
    this.#servers = servers
    this.#keys = keys
  }

  /** As if they were one: each database where it is. */
  readonly server: Server = (database, user, password) =>
    this.#servers[database === LEDGER_DATABASE ? 'ledger' : 'rest'].options(database, user, password)

  /** Only one of them. */
  one(name: ServerName): Server {
    return (database, user, password) => this.#servers[name].options(database, user, password)
  }

  readonly sqlOf: SqlOf = (service) => {
    const target = (): Sql => openPool(targetOf(this.server, this.#keys, service, 'app'), { name: 'test', max: 1 })
    const pool = this.#pools.get(service) ?? target()
    this.#pools.set(service, pool)
    return pool
  }

  /** The bank on these servers, in this process and behind a listener. */
  async openBank(): Promise<{ bank: Bank; api: Api; stop(): Promise<void> }> {
    const server = { options: this.server } as unknown as EmbeddedServer
    const { bank } = await openOver({ server, keys: this.#keys, here: [...serviceNames, GATEWAY], env: RAISED_LIMITS })
    const listener = gatewayListener(bank, createMetrics(), { webApp: undefined })
    await listener.listen({ port: 0, host: '127.0.0.1' })
    const { port } = listener.server.address() as { port: number }
    const stop = async (): Promise<void> => {
      await listener.close()
      await bank.stop()
    }
    return { bank, api: new Api(`http://127.0.0.1:${port}`), stop }
  }

  takeBackUp(name: ServerName, into: string): Promise<BackUp> {
    return takeBackUp(this.#servers[name].options('postgres'), into)
  }

  /** Waits until everything that was committed until now is in the archive of each server. */
  async archived(): Promise<void> {
    await Promise.all(
      SERVERS.map((name) =>
        this.#asSuperuser(name, async (sql) => {
          const [last] = await sql`select pg_walfile_name(pg_switch_wal()) as name`
          while ((await sql`select from pg_stat_archiver where last_archived_wal >= ${last?.name}`).length === 0)
            await sleep(50)
        }),
      ),
    )
  }

  /** From the next start on a server copies its finished log files. */
  async keepLog(name: ServerName, archive: string): Promise<void> {
    await this.#asSuperuser(name, async (sql) => {
      await sql.unsafe('alter system set archive_mode = on')
      await sql.unsafe(`alter system set archive_command = '${archiveCommand(archive).replaceAll("'", "''")}'`)
    })
  }

  async stop(): Promise<void> {
    for (const pool of this.#pools.values()) await pool.end({ timeout: 1 })
    this.#pools.clear()
    await Promise.all(SERVERS.map((name) => this.#servers[name].stop()))
  }

  async #asSuperuser(name: ServerName, work: (sql: Sql) => Promise<void>): Promise<void> {
    const sql = openPool(this.#servers[name].options('postgres'), { name: 'test', max: 1 })
    await work(sql).finally(() => sql.end({ timeout: 1 }))
  }
}

/** Two new servers whose log is archived, each into a folder of its own. */
export async function newServers(
  homes: Record<ServerName, string>,
  archives: Record<ServerName, string>,
  keys: KeyProvider,
): Promise<TwoServers> {
  const first = await TwoServers.start(homes, keys)
  for (const name of SERVERS) {
    makeArchive(archives[name], choosePlace(openHome(homes[name]), NOT_DURABLE).user)
    await first.keepLog(name, archives[name])
  }
  await first.stop()
  return TwoServers.start(homes, keys)
}

/** Destroys servers that were stopped. */
export function destroy(homes: Record<ServerName, string>): void {
  for (const name of SERVERS) rmSync(homes[name], { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** The homes of two servers below a folder. */
export function homesIn(folder: string, word: string): Record<ServerName, string> {
  return { ledger: join(folder, `${word}-ledger`), rest: join(folder, `${word}-rest`) }
}
