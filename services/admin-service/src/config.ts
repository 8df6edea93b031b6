import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import type { Opening } from '#libs/service/service.ts'
import type { Definition } from './tables.ts'
import type { Vault } from './vault.ts'

export const settings = declareSettings({})

export interface Own {
  /** For what must be read from, or written to, the primary outside an operation's transaction. */
  database: Opening['database']
  vault: Vault
  /** Every setting there is, by key, in the order of the catalogue. */
  catalogue: ReadonlyMap<string, Definition>
  /** The services that are asked about themselves. */
  services: readonly string[]
  /** Milliseconds that a service has to answer about itself before it counts as unreachable. */
  answer_within_ms: number
}

export const { implement, implementRead } = operationsFor<Own>()
export const react = reactionsOf<Own>()
