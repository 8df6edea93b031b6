import type { Binaries } from '#platform/embedded/binaries.ts'
import {
  type ConnectionOptions,
  optionsFor,
  type ServerConnection,
  untilAnswering,
} from '#platform/embedded/connection.ts'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'
import { stopOrphan } from '#platform/embedded/orphan.ts'
import type { Place } from '#platform/embedded/place.ts'
import {
  type PostgresProcess,
  signalPostgres,
  spawnPostgres,
  stopPostgres,
} from '#platform/embedded/postgres-process.ts'
import { type Part, partOf } from './data-folder.ts'

export interface MemberOptions {
  name: string
  place: Place
  binaries: Binaries
  connection: ServerConnection
  args: readonly string[]
  log: (line: string) => void
}

/** One server of the group: its folder, and its process while it runs. It is not started again by itself. */
export class Member {
  readonly name: string
  readonly port: number
  readonly #options: MemberOptions
  #process: PostgresProcess | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.name = options.name
    this.port = options.connection.port
  }

  /** The folder of its data. */
  get data(): string {
    return this.#options.place.data
  }

  get place(): Place {
    return this.#options.place
  }

  /** What its data folder says it is; the promoted one is a primary as soon as it accepts writes. */
  part(): Part {
    return partOf(this.#options.place)
  }

  /** Its process while it runs. */
  pid(): number | undefined {
    return this.#process?.isAlive() ? this.#process.pid : undefined
  }

  /** How it alone is reached, as the superuser unless told otherwise. */
  options(database = 'postgres', user?: string, password?: string): ConnectionOptions {
    return optionsFor(this.#options.connection, database, user, password)
  }

  /** Starts it and waits until it answers; refuses one that was fenced. */
  async start(): Promise<void> {
    const { place, binaries, args, connection, log, name } = this.#options
    if (this.part() === 'fenced')
      throw new EmbeddedServerError(`${name} is fenced: another server was promoted; let it rejoin as a replica`)
    await stopOrphan(place, binaries, log)
    const running = spawnPostgres(place, binaries, [...args])
    this.#process = running
    const version = await untilAnswering(connection, () => running.isAlive())
    if (version === undefined) throw new EmbeddedServerError(`${name} could not start: ${await running.gone}`)
  }

  /** Lets it write everything out, and waits until it has gone. */
  async stop(): Promise<void> {
    const running = this.#process
    const { binaries, log } = this.#options
    if (running?.isAlive()) await stopPostgres({ pid: running.pid, binaries, log, isAlive: () => running.isAlive() })
  }

  /** Kills it and its children at once, as a machine that loses power would. */
  async kill(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    signalPostgres(running.pid, 'SIGKILL', this.#options.binaries)
    await running.gone
    await stopOrphan(this.#options.place, this.#options.binaries, this.#options.log)
  }

  /** Ends a program that leaves without `stop`: the server then shuts down by itself. */
  endWithUs(): void {
    const pid = this.pid()
    if (pid !== undefined) signalPostgres(pid, 'SIGINT', this.#options.binaries)
  }
}
