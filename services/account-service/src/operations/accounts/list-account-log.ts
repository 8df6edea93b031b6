import { listAccountLog as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import type { LogRow } from '../../tables.ts'

const PAGE = 50
/** Who did it, for customers, when it was the bank: they are not told which of its people. */
const THE_BANK = 'BANK'

/** What was done to an account, newest first; the cursor is the last sequence. */
export const listAccountLog = implementRead(contract, {
  toleratesLag: true,
  async read({ params, query: { limit = PAGE, cursor } }, { sql, caller }) {
    if (cursor !== undefined && !/^[1-9]\d{0,8}$/.test(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const { account_id } = await findAccount(sql, params.account_id)
    const rows = await sql<LogRow[]>`
      select * from account_log
      where account_id = ${account_id} and (${cursor ?? null}::int is null or sequence < ${cursor ?? null}::int)
      order by sequence desc limit ${limit + 1}`
    const isStaff = caller.roles.some((role) => role !== 'customer')
    const page = rows.slice(0, limit)
    const items = page.map(({ sequence, change_type, changed_by, by_bank, changed_at, details }) => ({
      sequence,
      change_type,
      changed_by: by_bank && !isStaff ? THE_BANK : changed_by,
      changed_at: changed_at.toISOString(),
      details,
    }))
    return { items, next_cursor: rows.length > limit ? String(page.at(-1)?.sequence) : null }
  },
})
