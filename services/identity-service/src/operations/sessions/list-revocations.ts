import * as api from '#contracts/api/identity.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { nextCursor, readCursor, startOf, writeCursor } from '../../domain/revocation-cursor.ts'

const PAGE = 5_000
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** Sessions revoked since the cursor; some may be told twice, none is missed. */
export const listRevocations = implementRead(api.listRevocations, {
  async read({ query }, { sql, clock }) {
    const before = query.after === undefined ? null : readCursor(query.after)
    if (query.after !== undefined && before === null)
      throw new Problem(platformProblems.VALIDATION_FAILED, {
        errors: [{ pointer: 'query/after', detail: 'is not a cursor of this list' }],
      })
    const from = startOf(before, clock.wall.now())
    const rows = await sql<{ session_id: string; revoked_at: Date }[]>`
      select session_id, revoked_at from sessions
      where revoked_at is not null and (revoked_at, session_id) > (${from.at}, ${from.session_id ?? NO_ID}::uuid)
      order by revoked_at, session_id limit ${PAGE}`
    const cursor = nextCursor(from, rows, rows.length === PAGE, before)
    return { session_ids: rows.map((row) => row.session_id), cursor: writeCursor(cursor) }
  },
})
