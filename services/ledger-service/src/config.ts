import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'

export const settings = declareSettings({})

/** What the ledger keeps in memory: nothing that a second instance could know differently for more than a second. */
export interface Own {
  readonly database: Opening['database']
  /** Makes ids that sort by the bank clock: those of everything booked. */
  readonly mintBankId: IdMaker
  /** Currencies whose own accounts are known to stand; a code of another currency makes them first. */
  readonly openCurrencies: Set<string>
  readonly clock: {
    /** How far the books run ahead of the wall, in milliseconds. */
    readonly offsetMs: number
    /** Moves the bank clock of this process. */
    set(offsetMs: number): void
  }
  /** The month up to which partitions were made, `YYYY-MM`. */
  partitionedTo: string
}

export const { implement, implementRead, implementReadMany, implementBatched } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
