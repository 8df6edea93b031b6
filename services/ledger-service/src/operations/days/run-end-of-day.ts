import { runEndOfDay as contract } from '#contracts/api/ledger-days.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isDayOver } from '../../domain/bank-clock.ts'
import { problems } from '../../problems.ts'
import { lockBankClock } from '../../store/bank-clock.ts'
import { cutOff, findOpenRun, runReplies } from '../../store/end-of-day.ts'
import type { EndOfDayRunRow } from '../../tables.ts'

/** Looks now: a run that waits is tried again at once, a day that is over is cut off; else the last run is answered. The job goes on with it. */
export const runEndOfDay = implement(contract, {
  async run(_input, { tx, clock, own, afterCommit }) {
    const stored = await lockBankClock(tx)
    const wall = clock.wall.now()
    const open = await findOpenRun(tx)
    const begun = open === undefined && isDayOver(stored, wall) ? await cutOff(tx, stored, wall) : undefined
    if (open !== undefined) await tx`update end_of_day_runs set next_attempt_at = ${wall} where run_id = ${open.run_id}`
    const [last] = await tx<EndOfDayRunRow[]>`select * from end_of_day_runs order by business_date desc limit 1`
    if (last === undefined)
      throw new Problem(problems.NO_DAY_OVER, { detail: `Business day ${stored.business_date} is not over` })
    afterCommit(() => {
      own.know(begun?.clock ?? stored)
      own.isRunOpen = last.status !== 'COMPLETED'
    })
    const [reply] = await runReplies(tx, [last])
    if (reply === undefined) throw new Error('a run has no reply')
    return reply
  },
})
