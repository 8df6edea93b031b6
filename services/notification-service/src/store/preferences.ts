import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { type Channel, type Preference, preferencesFrom } from '../domain/preferences.ts'
import type { Category, Language } from '../domain/templates.ts'

/** How a user is told, in which language. */
export interface Wishes {
  language: Language
  categories: Preference[]
}

/** The wishes of users; each has one, chosen or not. */
export async function wishesOf(sql: Queryable, user_ids: readonly string[]): Promise<Map<string, Wishes>> {
  const ids = textArray([...new Set(user_ids)])
  const chosen = await sql<{ user_id: string; category: Category; channels: Channel[] }[]>`
    select user_id, category, channels from preferences where user_id = any(${ids}::uuid[])`
  const languages = await sql<{ user_id: string; language: Language }[]>`
    select user_id, language from user_languages where user_id = any(${ids}::uuid[])`
  const chosenBy = Map.groupBy(chosen, (row) => row.user_id)
  const languageOf = new Map(languages.map((row) => [row.user_id, row.language]))
  return new Map(
    user_ids.map((user_id) => [
      user_id,
      { language: languageOf.get(user_id) ?? 'en', categories: preferencesFrom(chosenBy.get(user_id) ?? []) },
    ]),
  )
}
