import { anonymous } from '#libs/contract/client.ts'
import { writeAudit } from '#libs/http/audit.ts'
import { Problem } from '#libs/problem/problem.ts'
import { job } from '../config.ts'
import { leftOverLimits, recordSettings, strikeOutLimits, tellLimits } from '../store/settings.ts'

/** Longer than a request lives: younger commands still have somebody who ends them. */
const LEFT_OVER_MS = 60_000

/** Ends changes of settings that were cut off between the ledger and the record: they are told again, which changes nothing, and recorded. */
export const settleLimitCommands = job('settle-limit-commands', {
  everyMs: 5_000,
  async run({ database, clock, call, callMany }) {
    const before = new Date(clock.wall.now().getTime() - LEFT_OVER_MS)
    for (const command of await leftOverLimits(database, before)) {
      const ledger = await tellLimits(command, { call, callMany }).catch(refusedAs)
      await database.transact(async (tx) => {
        if (ledger === undefined) return void (await strikeOutLimits(tx, command))
        await recordSettings(tx, command, { ledger, at: clock.wall.now() })
        const caller = { ...anonymous, kind: 'user' as const, sub: command.requested_by }
        const entity_id = command.account_id
        await writeAudit(tx, [
          { operation: 'changeAccountSettings', caller, trace: command, entity_id, outcome: 'done' },
        ])
      })
    }
  },
})

/** A refusal ends the command: the account was closed meanwhile. */
function refusedAs(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error
}
