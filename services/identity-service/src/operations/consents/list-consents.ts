import * as api from '#contracts/api/identity-consents.ts'
import type { Caller } from '#libs/contract/client.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { consentReply, looksAfterConsents } from '../../store/consents/records.ts'
import type { ConsentRow } from '../../tables.ts'

const PAGE = 50

/** Consents of a user, newest first; the cursor is the last consent_id. */
export const listConsents = implementRead(api.listConsents, {
  async read({ query }, { sql, own, caller }) {
    const { limit = PAGE, cursor, status } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<ConsentRow[]>`
      select * from consents
      where user_id = ${whose(caller, query.user_id)}
        and (${status ?? null}::text is null or status = ${status ?? null}::text)
        and (${cursor ?? null}::uuid is null or consent_id < ${cursor ?? null}::uuid)
      order by consent_id desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return {
      items: page.map((consent) => consentReply(own, consent)),
      next_cursor: rows.length > limit ? (page.at(-1)?.consent_id ?? null) : null,
    }
  },
})

/** Staff name whose they want; to everybody else there are only his own. */
function whose(caller: Caller, user_id: string | undefined): string | null {
  if (!looksAfterConsents(caller)) return caller.sub
  if (user_id === undefined) throw new Problem(problems.USER_REQUIRED)
  return user_id
}
