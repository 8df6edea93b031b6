import { text } from '#libs/config/kinds.ts'
import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import type { IdMaker } from '#libs/ids/ids.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'
import type { CheckpointSigner } from './proofs/checkpoint-signer.ts'
import type { Sealing } from './store/seals/sealer.ts'
import type { BankClockRow } from './tables.ts'

export const settings = declareSettings({
  origin: text({
    env: 'BANKFLOW_LEDGER_ORIGIN',
    default: 'bankflow.example/ledger',
    pattern: /^[a-z0-9][a-z0-9.:/_-]{2,99}$/,
    form: 'a name without a scheme, like bank.example/ledger',
    describe: 'the name that the checkpoints of the ledger are signed under; who checks them knows the ledger by it',
  }),
})

/** What the ledger keeps in memory: nothing that a second instance could know differently for more than a second. */
export interface Own {
  readonly database: Opening['database']
  /** Makes ids that sort by the bank clock: those of everything booked. */
  readonly mintBankId: IdMaker
  /** Own accounts that are known to stand; one that is not is made first. */
  readonly openAccounts: Set<string>
  /** The stored bank clock as it was last seen. */
  readonly known: BankClockRow
  /** Takes over what was read of the stored clock, unless something newer is known, and moves the bank clock of this process. */
  know(stored: BankClockRow): void
  /** True while an end of day has steps left, as last seen. */
  isRunOpen: boolean
  /** Months for which partitions are known to stand, `YYYY-MM`. */
  readonly partitionedMonths: Set<string>
  /** Where the sealer was last seen. */
  readonly sealing: Sealing
  /** Signs what the books were after a seal. */
  readonly signer: CheckpointSigner
}

export const { implement, implementRead, implementReadMany, implementBatched, implementBulk } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
