import * as api from '#contracts/api/identity.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

const PAGE = 50

/** Users in the order of their ids, which is that of their making, the newest first; the cursor is the last user_id. */
export const listUsers = implementRead(api.listUsers, {
  async read({ query }, { sql, own }) {
    const { limit = PAGE, cursor, role, email } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const email_hash = email === undefined ? null : own.vault.emailHash(email)
    const rows = await sql<UserRow[]>`
      select * from users
      where (${email_hash}::text is null or email_hash = ${email_hash})
        and (${role ?? null}::text is null or ${role ?? null} = any(roles))
        and (${cursor ?? null}::uuid is null or user_id < ${cursor ?? null}::uuid)
      order by user_id desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    return {
      items: page.map((user) => userReply(own.vault, user)),
      next_cursor: rows.length > limit ? (page.at(-1)?.user_id ?? null) : null,
    }
  },
})
