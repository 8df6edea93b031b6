import * as api from '#contracts/api/identity.ts'
import { implementRead } from '../../config.ts'
import type { FactorRow } from '../../tables.ts'

/** The second factors of the signed-in user, and how many recovery codes are left. */
export const listFactors = implementRead(api.listFactors, {
  async read(_input, { sql, caller }) {
    const rows = await sql<FactorRow[]>`select * from factors where user_id = ${caller.sub} order by factor_id`
    const [left] = await sql<{ count: number }[]>`
      select count(*)::int as count from recovery_codes where user_id = ${caller.sub} and used_at is null`
    const items = rows.map((row) => ({
      factor_id: row.factor_id,
      factor_type: row.factor_type,
      confirmed_at: row.confirmed_at?.toISOString() ?? null,
      last_used_at: row.last_used_at?.toISOString() ?? null,
    }))
    return { items, recovery_codes_left: left?.count ?? 0 }
  },
})
