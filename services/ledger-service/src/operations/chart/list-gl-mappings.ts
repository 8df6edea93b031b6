import { listGlMappings as contract } from '#contracts/api/ledger-chart.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { glMappingReply } from '../../store/gl-accounts.ts'
import type { GlMappingRow } from '../../tables.ts'

/** The mappings that count on a business date, or all that were ever set, newest first; the cursor is the number of the last of a page. */
export const listGlMappings = implementRead(contract, {
  async read({ query: { business_event, product, on, history = false, cursor, limit = 50 } }, { sql, own }) {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const date = on ?? own.known.business_date
    const counting = history
      ? sql`gl_mappings m`
      : sql`(
          select distinct on (business_event, product, role) * from gl_mappings where valid_from <= ${date}
          order by business_event, product, role, valid_from desc, mapping_no desc) m`
    const rows = await sql<GlMappingRow[]>`
      select *, mapping_no::float8 as mapping_no from ${counting}
      where true ${business_event === undefined ? sql`` : sql`and business_event = ${business_event}`}
        ${product === undefined ? sql`` : sql`and product = ${product}`} ${cursor === undefined ? sql`` : sql`and m.mapping_no < ${cursor}`}
      order by m.mapping_no desc limit ${limit + 1}`
    const items = rows.slice(0, limit).map(glMappingReply)
    return { items, next_cursor: rows.length > limit ? String(rows[limit - 1]?.mapping_no) : null }
  },
})
