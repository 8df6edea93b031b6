import type { FastifyInstance } from 'fastify'
import { accrueInterest } from '#contracts/api/account.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'

/** An account-service without accounts, which each end of a day asks to accrue interest. */
export function accountService(): { service: string; server: FastifyInstance } {
  const log = createLog({ service: 'bench', level: 'fatal' })
  const server = createHttpServer({ log, bodyLimitBytes: 65_536, constraints: {} })
  server.post(accrueInterest.path, async () => ({ accrued: 0, posted: 0, next_cursor: null }))
  return { service: accrueInterest.service, server }
}
