import * as api from '#contracts/api/transaction.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { policyOf } from '../../store/sca.ts'
import { policyColumns, policyReply, profilePolicy, type ScaPolicyRow } from '../../store/sca-policies.ts'

const LATEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const DEFAULT_LIMIT = 50

/** Every policy there was, newest first; the last of the last page is what the bank's profile brings along. */
export const listScaPolicies = implementRead(api.listScaPolicies, {
  async read({ query }, { sql, own }) {
    const { limit = DEFAULT_LIMIT, cursor = LATEST } = query
    if (!isId(cursor))
      throw new Problem(problems.CURSOR_WRONG, {
        errors: [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }],
      })
    const { version } = await policyOf(sql, own.policy)
    const rows = await sql<ScaPolicyRow[]>`
      select ${policyColumns(sql)} from sca_policies where policy_id < ${cursor} order by policy_id desc limit ${limit + 1}`
    const items = rows.slice(0, limit).map((row) => policyReply(row, version))
    const isMore = rows.length > limit
    if (!isMore) items.push(profilePolicy(own.policy, version))
    return { items, next_cursor: isMore ? (items.at(-1)?.policy_id ?? null) : null }
  },
})
