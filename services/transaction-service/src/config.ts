import { integer } from '#libs/config/kinds.ts'
import { declareSettings, type ValuesOf } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'
import type { AccountDirectory } from './account-directory.ts'
import type { ScaPolicy } from './domain/sca.ts'
import type { PendingFlags } from './pending.ts'
import type { Vault } from './vault.ts'

export const settings = declareSettings({
  fraud_timeout_s: integer({
    env: 'BANKFLOW_FRAUD_TIMEOUT_S',
    default: 30,
    min: 1,
    max: 3600,
    describe: 'Seconds that a transfer waits for its fraud check before it fails and its hold is given back',
  }),
  stuck_after_s: integer({
    env: 'BANKFLOW_STUCK_AFTER_S',
    default: 300,
    min: 1,
    max: 86_400,
    describe: 'Seconds that a transaction may stand still before its step is asked for again and logged as an error',
  }),
})

/** What this service's operations, reactions and jobs find in `own`. */
export interface Own {
  settings: ValuesOf<typeof settings>
  /** For what must be read outside a transaction and may not be older than the last commit: the writing database, not a replica. */
  database: Opening['database']
  accounts: AccountDirectory
  pending: PendingFlags
  vault: Vault
  /** The policy of strong customer authentication where nobody decided another. */
  policy: ScaPolicy
  /** True where payments from a device that is new are exempt like others: a sandbox is tried out at once. */
  exempts_new_devices: boolean
}

export const { implement, implementRead, implementBatched } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
