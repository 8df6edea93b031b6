import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { jobsOf, type Opening } from '#libs/service/service.ts'

export const settings = declareSettings({})

export interface Own {
  /** For what must be read from, or written to, the primary outside an operation's transaction. */
  database: Opening['database']
}

export const { implement, implementRead } = operationsFor<Own>()
export const job = jobsOf<Own>()
