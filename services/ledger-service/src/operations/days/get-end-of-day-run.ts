import { getEndOfDayRun as contract } from '#contracts/api/ledger-days.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { runReplies } from '../../store/end-of-day.ts'
import type { EndOfDayRunRow } from '../../tables.ts'

/** One end of day with its steps as they stand. */
export const getEndOfDayRun = implementRead(contract, {
  async read({ params: { run_id } }, { sql }) {
    const rows = await sql<EndOfDayRunRow[]>`select * from end_of_day_runs where run_id = ${run_id}`
    const [reply] = await runReplies(sql, rows)
    if (reply === undefined) throw new Problem(problems.RUN_NOT_FOUND)
    return reply
  },
})
