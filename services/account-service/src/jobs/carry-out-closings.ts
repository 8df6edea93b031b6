import { Fault, Problem } from '#libs/problem/problem.ts'
import { withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { carryOut } from '../store/closings.ts'
import type { ClosingRow } from '../tables.ts'

const AT_ONCE = 100

/** Pays accounts out and closes them, each as far as it goes now. What a fault keeps is tried again, and holds up no other. */
export const carryOutClosings = job('carry-out-closings', {
  everyMs: 500,
  async run({ database, call, callMany, clock, own, log }) {
    const closings = await database.app<ClosingRow[]>`
      select * from closings where status = 'PENDING' order by closing_id limit ${AT_ONCE}`
    for (const closing of closings) {
      try {
        await withTrace(closing, () => carryOut(closing, { call, callMany, clock, own }))
      } catch (error) {
        if (!(error instanceof Problem || error instanceof Fault)) throw error
        log.warn({ closing_id: closing.closing_id, error }, 'a closing could not go on, trying again')
      }
    }
  },
})
