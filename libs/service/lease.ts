import { newId } from '#libs/ids/ids.ts'
import type { Queryable, Sql, Tx } from '#libs/sql/database.ts'

export interface LeaseOptions {
  /** The writing pool of the database whose processes elect a worker; each statement stands alone, so that a pooler may sit between. */
  app: Sql
  /** What is done by one at a time: unique in that database. */
  name: string
  /** How long a holder that died keeps the others waiting. */
  heldForMs?: number
  /** Milliseconds that only grow; the process's own unless told. */
  nowMs?: () => number
}

/** A right that one process has at a time. */
export interface Lease {
  readonly name: string
  /**
   * True while this process may do the work: asks for the lease, renews it, and takes over one that was released or has run out. Costs three
   * statements in its life at most, and four a second while somebody else has it. Throws when the database does not answer and nothing is
   * known any more.
   */
  hold(): Promise<boolean>
  /** Does `work` if this process may, and renews the lease until it ends. Returns undefined when somebody else has it. */
  during<Result>(work: () => Promise<Result>): Promise<Result | undefined>
  /**
   * In the worker's own transaction: nobody takes over before it has committed. Throws LeaseLost when somebody has already. For work that
   * would do harm when it comes late (a process that was stopped for a while does not know that it was).
   */
  guard(tx: Tx): Promise<void>
  /** Lets another process take over at once. */
  release(): Promise<void>
}

/** Another process has taken over: what this one was about to write is undone. */
export class LeaseLost extends Error {
  constructor(name: string) {
    super(`another process has taken over ${name}`)
    this.name = 'LeaseLost'
  }
}

/** A holder that is cut off is missed for this long; it renews after a third of it. */
export const HELD_FOR_MS = 6_000
/** Of its life: when a holder renews, and how long a refusal is believed at most. */
const RENEWED_AFTER = 1 / 3
const REFUSAL_KEPT_MS = 250

/** A lease of one process; two of one name in one process are two processes to each other. */
export function createLease(options: LeaseOptions): Lease {
  return new DatabaseLease(options)
}

class DatabaseLease implements Lease {
  readonly name: string
  readonly #sql: Sql
  readonly #holder = newId()
  readonly #heldForMs: number
  readonly #nowMs: () => number
  /** The number of the term while this process believes to have it. */
  #term: bigint | undefined
  /** By this process's own steady clock, counted from before the statement was sent: never later than the server's. */
  #heldUntilMs = Number.NEGATIVE_INFINITY
  #renewAtMs = Number.NEGATIVE_INFINITY
  #refusedUntilMs = Number.NEGATIVE_INFINITY
  #asking: Promise<boolean> | undefined

  constructor({ app, name, heldForMs = HELD_FOR_MS, nowMs = () => performance.now() }: LeaseOptions) {
    this.name = name
    this.#sql = app
    this.#heldForMs = heldForMs
    this.#nowMs = nowMs
  }

  async hold(): Promise<boolean> {
    const now = this.#nowMs()
    if (this.#term !== undefined && now < this.#renewAtMs) return true
    if (this.#term === undefined && now < this.#refusedUntilMs) return false
    try {
      return await this.#ask()
    } catch (error) {
      if (this.#term !== undefined && this.#nowMs() < this.#heldUntilMs) return true
      throw error
    }
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (!(await this.hold())) return undefined
    // Whether it was renewed is asked by those to whom it matters: `hold` between two steps, `guard` in a transaction.
    const renewing = setInterval(() => void this.hold().catch(() => {}), this.#heldForMs * RENEWED_AFTER)
    try {
      return await work()
    } finally {
      clearInterval(renewing)
    }
  }

  async guard(tx: Tx): Promise<void> {
    // This lock does not stand in the way of a renewal, and does in the way of a take-over.
    const [mine] = await tx`
      select 1 from leases where name = ${this.name} and holder = ${this.#holder} and term = ${this.#term ?? 0n} for key share`
    if (mine !== undefined) return
    this.#forget()
    throw new LeaseLost(this.name)
  }

  async release(): Promise<void> {
    await this.#asking?.catch(() => {})
    const term = this.#term
    this.#forget()
    if (term === undefined) return
    await this.#sql`
      update leases set held_until = '-infinity' where name = ${this.name} and holder = ${this.#holder} and term = ${term}`
  }

  #ask(): Promise<boolean> {
    this.#asking ??= this.#renewOrTake().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #renewOrTake(): Promise<boolean> {
    const sentMs = this.#nowMs()
    const renewed = this.#term !== undefined && (await this.#renew(this.#term))
    if (!renewed) this.#term = await this.#take()
    if (this.#term === undefined) {
      this.#refusedUntilMs = this.#nowMs() + Math.min(REFUSAL_KEPT_MS, this.#heldForMs * RENEWED_AFTER)
      return false
    }
    this.#heldUntilMs = sentMs + this.#heldForMs
    this.#renewAtMs = sentMs + this.#heldForMs * RENEWED_AFTER
    return true
  }

  async #renew(term: bigint): Promise<boolean> {
    const { count } = await this.#sql`
      update leases set held_until = clock_timestamp() + ${this.#life()}
      where name = ${this.name} and holder = ${this.#holder} and term = ${term}`
    return count > 0
  }

  /** The new term, or undefined while somebody else has it. Only looks while there is nothing to take: those who wait write nothing. */
  async #take(): Promise<bigint | undefined> {
    const [found] = await this.#sql<{ is_free: boolean }[]>`
      select held_until <= clock_timestamp() as is_free from leases where name = ${this.name}`
    if (found?.is_free === false) return undefined
    const [taken] = found === undefined ? await this.#begin() : await this.#takeOver()
    return taken?.term
  }

  #begin() {
    return this.#sql<{ term: bigint }[]>`
      insert into leases (name, holder, term, held_until)
      values (${this.name}, ${this.#holder}, 1, clock_timestamp() + ${this.#life()})
      on conflict (name) do nothing returning term`
  }

  /** Waits for the transaction of a holder that is guarded: it still counts. */
  #takeOver() {
    return this.#sql<{ term: bigint }[]>`
      with free as (select name, term from leases where name = ${this.name} and held_until <= clock_timestamp() for update)
      update leases set holder = ${this.#holder}, term = free.term + 1, held_until = clock_timestamp() + ${this.#life()}
      from free where leases.name = free.name returning leases.term`
  }

  #life() {
    return this.#sql`make_interval(secs => ${this.#heldForMs / 1000}::float8)`
  }

  #forget(): void {
    this.#term = undefined
    this.#heldUntilMs = Number.NEGATIVE_INFINITY
    this.#renewAtMs = Number.NEGATIVE_INFINITY
  }
}

/** Who works and since which term, for metrics and for tests; undefined when nobody ever did. */
export async function leaseState(
  sql: Queryable,
  name: string,
): Promise<{ term: bigint; is_held: boolean } | undefined> {
  const [row] = await sql<{ term: bigint; is_held: boolean }[]>`
    select term, held_until > clock_timestamp() as is_held from leases where name = ${name}`
  return row
}
