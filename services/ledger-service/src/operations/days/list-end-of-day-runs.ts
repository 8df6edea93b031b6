import { listEndOfDayRuns as contract } from '#contracts/api/ledger-days.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { isDate } from '../../domain/value-dates.ts'
import { problems } from '../../problems.ts'
import { runReplies } from '../../store/end-of-day.ts'
import type { EndOfDayRunRow } from '../../tables.ts'

/** Ends of day by their date; the cursor is the last date of the page. */
export const listEndOfDayRuns = implementRead(contract, {
  async read({ query: { cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !isDate(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<EndOfDayRunRow[]>`
      select * from end_of_day_runs ${cursor === undefined ? sql`` : sql`where business_date < ${cursor}::date`}
      order by business_date desc limit ${limit + 1}`
    const items = await runReplies(sql, rows.slice(0, limit))
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.business_date ?? null) : null }
  },
})
