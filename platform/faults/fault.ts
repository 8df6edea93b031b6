import type { Api } from '../testing/api.ts'
import type { SqlOf } from './kept.ts'

/** Something that can be killed and started again at the same place, on the same data. */
export interface Killable {
  readonly name: string
  kill(): Promise<void>
  restart(): Promise<void>
}

/** The bank that a fault is done to, as its customers and staff reach it. */
export interface BankUnderFault {
  readonly api: Api
  /** Where the gateways answer. */
  readonly gateways: readonly string[]
  /** SQL as the superuser, on whichever server is the primary. */
  readonly sql: SqlOf
  /** Its processes, and what each printed last: none ends but by a fault. */
  readonly processes: readonly { readonly name: string; readonly isAlive: boolean; lastWords(): string }[]
}

/** A fault: what it does to a field (brokers, processes, disks), and how long it lasts. */
export interface Fault<Field> {
  /** As the table names it. */
  readonly name: string
  /** Seconds between its being done and its end, in a full run and in a short one. */
  readonly lasts_s: { readonly full: number; readonly short: number }
  /** Does it, and answers how to put everything back as it was; that comes back when everything runs again. */
  begin(field: Field): Promise<() => Promise<void>>
}
