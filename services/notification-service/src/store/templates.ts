import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { Language } from '../domain/templates.ts'
import type { TemplateRow } from '../tables.ts'

/** The texts of templates in every language, by `id language`. */
export async function templatesOf(sql: Queryable, ids: readonly string[]): Promise<Map<string, TemplateRow>> {
  const rows = await sql<TemplateRow[]>`
    select template_id, language, category, title, body, variables, version, updated_by, updated_at from templates
    where template_id = any(${textArray([...new Set(ids)])}::text[])`
  return new Map(rows.map((row) => [`${row.template_id} ${row.language}`, row]))
}

/** One template in a language, or undefined. */
export async function templateOf(sql: Queryable, id: string, language: Language): Promise<TemplateRow | undefined> {
  return (await templatesOf(sql, [id])).get(`${id} ${language}`)
}
