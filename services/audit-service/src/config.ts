import { declareSettings } from '#libs/config/settings.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { operationsFor } from '#libs/http/implement.ts'

export const settings = declareSettings({})

export interface Own {
  /** Opens what acts changed. */
  readonly changes: Sealer
  /** Months (`YYYY-MM`) that are known to have their partition. */
  readonly months: Set<string>
}

export const { implement, implementRead } = operationsFor<Own>()
