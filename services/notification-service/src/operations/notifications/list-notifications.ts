import * as api from '#contracts/api/notification.ts'
import { implementRead } from '../../config.ts'
import { pageOfNotifications } from '../../store/pages.ts'

/** What the signed-in user was told, newest first. */
export const listNotifications = implementRead(api.listNotifications, {
  toleratesLag: true,
  read: ({ query }, { sql, own, caller }) => pageOfNotifications(sql, own.vault, caller.sub as string, query),
})
