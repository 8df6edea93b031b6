import type { Batcher } from '#libs/batch/batcher.ts'
import { declareSettings } from '#libs/config/settings.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'
import type { AccessQuestion } from './store/access.ts'

export const settings = declareSettings({})

export interface Own {
  /** For what must be read from, or written to, the primary outside an operation's transaction. */
  database: Opening['database']
  /** Whose an account is, asked in batches. */
  access: Batcher<AccessQuestion, boolean>
  /** For what officers say of accounts; the place is part of the seal. */
  reasons: Sealer
  log: Opening['log']
}

export const { implement, implementRead } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
