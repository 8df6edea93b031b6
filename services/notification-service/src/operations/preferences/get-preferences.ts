import * as api from '#contracts/api/notification.ts'
import { invariant } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { wishesOf } from '../../store/preferences.ts'

/** How the caller is told of what; who chose nothing has the defaults. */
export const getPreferences = implementRead(api.getPreferences, {
  async read(_input, { sql, caller }) {
    const user_id = caller.sub as string
    const wishes = await wishesOf(sql, [user_id])
    const own = wishes.get(user_id)
    invariant(own !== undefined, 'every user has wishes')
    return own
  },
})
