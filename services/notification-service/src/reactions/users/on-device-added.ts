import { deviceAdded } from '#contracts/events/identity.ts'
import { react } from '../../config.ts'
import { noticeToUser } from '../../domain/notices.ts'
import { tellOf } from '../../telling.ts'

/** A new device signed in; the first of all is no news. The list is on every other device, and the mail goes out whatever is preferred. */
export const onDeviceAdded = react(
  deviceAdded,
  tellOf({
    notices: ({ user_id, is_first }) => (is_first ? [] : noticeToUser(user_id, 'device.added')),
  }),
)
