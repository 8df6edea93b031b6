import * as api from '#contracts/api/notification.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { userOf } from '../../store/addressees.ts'
import { pageOfNotifications } from '../../store/pages.ts'

/** What a user was told: for himself, or for staff. Another customer's user is not there. */
export const listNotificationsOfUser = implementRead(api.listNotificationsOfUser, {
  toleratesLag: true,
  async read({ params: { user_id }, query }, { sql, own, caller, call }) {
    if (user_id !== caller.sub) {
      const isStaff = caller.roles.some((role) => role !== 'customer')
      if (!isStaff || (await userOf({ call }, user_id)) === undefined) throw new Problem(problems.USER_NOT_FOUND)
    }
    return pageOfNotifications(sql, own.vault, user_id, query)
  },
})
