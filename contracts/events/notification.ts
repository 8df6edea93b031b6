import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Id, NullableId, OneOf } from '#libs/contract/schema.ts'
import { NOTIFICATION_CHANNELS } from '../enums.ts'

const family = {
  topic: 'notification-events',
  source: 'notification-service',
  partitionKey: 'notification_id',
  subject: 'notification_id',
} as const

const about = {
  notification_id: Id,
  /** Null for a mail to an address that is nobody's yet. */
  user_id: NullableId,
  channel: OneOf(NOTIFICATION_CHANNELS),
}

export const notificationSent = event({
  ...family,
  type: 'notification.sent',
  data: Type.Object({ ...about, template_id: Type.String() }),
})

export const notificationFailed = event({
  ...family,
  type: 'notification.failed',
  data: Type.Object({ ...about, reason: Type.String() }),
})
