import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'
import type { Vault } from './vault.ts'

export const settings = declareSettings({})

/** What this service's operations, reactions and jobs find in `own`. */
export interface Own {
  /** For what must be read from the primary outside an operation's transaction. */
  database: Opening['database']
  vault: Vault
}

export const { implement, implementRead } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
