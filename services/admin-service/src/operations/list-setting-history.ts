import { listSettingHistory as contract } from '#contracts/api/admin.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../config.ts'
import { problems } from '../problems.ts'
import { definitionOf } from '../store/settings.ts'
import type { SettingHistoryRow } from '../tables.ts'

const PAGE = 50
const VERSION = /^[1-9]\d{0,8}$/

/** Every value that a setting has had, newest first; the cursor is the last version. What a secret was is not told either. */
export const listSettingHistory = implementRead(contract, {
  async read({ params: { setting_key }, query: { limit = PAGE, cursor } }, { sql, own }) {
    const { is_secret } = definitionOf(own, setting_key)
    if (cursor !== undefined && !VERSION.test(cursor)) {
      const errors = [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }]
      throw new Problem(problems.CURSOR_WRONG, { errors })
    }
    const rows = await sql<SettingHistoryRow[]>`
      select setting_key, version, value_encrypted, reason, changed_by, approved_by, changed_at from system_setting_history
      where setting_key = ${setting_key} and (${cursor ?? null}::int is null or version < ${cursor ?? null}::int)
      order by version desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    const items = page.map(({ version, value_encrypted, reason, changed_by, approved_by, changed_at }) => ({
      version,
      value: is_secret ? null : own.vault.openValue(setting_key, version, value_encrypted),
      reason,
      changed_by,
      approved_by,
      changed_at: changed_at.toISOString(),
    }))
    return { items, next_cursor: rows.length > limit ? String(page.at(-1)?.version) : null }
  },
})
