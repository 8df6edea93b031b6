import * as api from '#contracts/api/notification.ts'
import { invariant } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { checkChoice } from '../../domain/preferences.ts'
import { wishesOf } from '../../store/preferences.ts'

export const changePreferences = implement(api.changePreferences, {
  /** Changes what is sent along and leaves the rest. What must be told by mail stays told by mail. */
  async run({ body: { categories = [], language } }, { tx, clock, caller, changed }) {
    const user_id = caller.sub as string
    const now = clock.wall.now()
    checkChoice(categories)
    const before = (await wishesOf(tx, [user_id])).get(user_id)
    for (const { category, channels } of categories) {
      await tx`
        insert into preferences (user_id, category, channels, updated_at) values (${user_id}, ${category}, ${channels}, ${now})
        on conflict (user_id, category) do update set channels = excluded.channels, updated_at = excluded.updated_at`
    }
    if (language !== undefined) {
      await tx`
        insert into user_languages (user_id, language, updated_at) values (${user_id}, ${language}, ${now})
        on conflict (user_id) do update set language = excluded.language, updated_at = excluded.updated_at`
    }
    const after = (await wishesOf(tx, [user_id])).get(user_id)
    invariant(before !== undefined && after !== undefined, 'every user has wishes')
    changed({ before, after })
    return after
  },
})
