import * as api from '#contracts/api/notification.ts'
import { implementRead } from '../../config.ts'
import type { TemplateRow } from '../../tables.ts'

/** Every text of the bank's notices, in all languages. */
export const listTemplates = implementRead(api.listTemplates, {
  async read(_input, { sql }) {
    const rows = await sql<TemplateRow[]>`
      select template_id, language, category, title, body, variables, version, updated_by, updated_at
      from templates order by template_id, language`
    return { items: rows.map((row) => ({ ...row, updated_at: row.updated_at.toISOString() })) }
  },
})
