import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import {
  Id,
  NullableId,
  NullableTimestamp,
  OneOf,
  PageOf,
  PlainText,
  pageQuery,
  Timestamp,
} from '#libs/contract/schema.ts'
import { NOTIFICATION_CHANNELS, NOTIFICATION_STATUSES } from '../enums.ts'

const operation = operationsOf('notification-service')

const TemplateId = Type.String({ pattern: '^[a-z0-9.-]{3,60}$' })
/** What a template's `{{names}}` stand for. */
const Variables = Type.Record(Type.String({ pattern: '^[a-z_]{1,40}$' }), PlainText(500, 0))

const Notification = Type.Object({
  notification_id: Id,
  template_id: Type.String(),
  title: Type.String(),
  body: Type.String(),
  /** What it is about: `transaction`, `account`, `customer` … and its id; a client links to it. */
  subject_type: Type.String(),
  subject_id: Type.Union([Type.String(), Type.Null()]),
  is_read: Type.Boolean(),
  read_at: NullableTimestamp,
  created_at: Timestamp,
  correlation_id: Type.String(),
  /** How it went out besides the list. */
  deliveries: Type.Array(
    Type.Object({
      channel: OneOf(NOTIFICATION_CHANNELS),
      status: OneOf(NOTIFICATION_STATUSES),
      sent_at: NullableTimestamp,
    }),
  ),
})

const listQuery = { ...pageQuery, unread: Type.Optional(Type.Boolean()) }

export const listNotifications = operation({
  id: 'listNotifications',
  method: 'GET',
  path: '/notifications',
  summary: "The signed-in user's notifications, newest first",
  access: { signedIn: true },
  query: Type.Object(listQuery),
  reply: Type.Object({ ...PageOf(Notification).properties, unread_count: Type.Integer() }),
  problems: ['CURSOR_WRONG'],
})

export const listNotificationsOfUser = operation({
  id: 'listNotificationsOfUser',
  method: 'GET',
  path: '/notifications/user/:user_id',
  summary: "A user's notifications: one's own, or for staff anybody's",
  access: { roles: ['customer', 'support', 'compliance', 'auditor', 'admin'] },
  params: Type.Object({ user_id: Id }),
  query: Type.Object(listQuery),
  reply: Type.Object({ ...PageOf(Notification).properties, unread_count: Type.Integer() }),
  audit: true,
  problems: ['USER_NOT_FOUND', 'CURSOR_WRONG'],
})

export const markNotificationRead = operation({
  id: 'markNotificationRead',
  method: 'POST',
  path: '/notifications/:notification_id/read',
  summary: 'Marks a notification as read; again changes nothing',
  access: { signedIn: true },
  params: Type.Object({ notification_id: Id }),
  reply: Notification,
  audit: false,
  problems: ['NOTIFICATION_NOT_FOUND'],
})

export const markAllNotificationsRead = operation({
  id: 'markAllNotificationsRead',
  method: 'POST',
  path: '/notifications/read',
  summary: 'Marks everything up to now as read',
  access: { signedIn: true },
  reply: Type.Object({ marked: Type.Integer() }),
  audit: false,
})

/** Server-sent events: `id` is what `Last-Event-ID` replays after, `data` a Notification's ids and tags, without personal data. */
export const streamNotifications = operation({
  id: 'streamNotifications',
  method: 'GET',
  path: '/notifications/stream',
  summary: 'New notifications as server-sent events; `Last-Event-ID` replays what was missed',
  description:
    'Events: `notification` {notification_id, template_id, subject_type, subject_id}. A comment every 15 seconds keeps the line open. ' +
    'The stream ends when the session does; five a user at most.',
  access: { signedIn: true },
  reply: Type.Object({
    notification_id: Id,
    template_id: Type.String(),
    subject_type: Type.String(),
    subject_id: Type.Union([Type.String(), Type.Null()]),
  }),
  stream: true,
  problems: ['TOO_MANY_STREAMS'],
})

const Preferences = Type.Object({
  /** Which kinds of notice go out by which way; the list in the app always has them. What the law demands cannot be switched off. */
  categories: Type.Array(
    Type.Object({
      category: OneOf(['TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE'] as const),
      channels: Type.Array(OneOf(['EMAIL', 'SMS', 'PUSH'] as const), { uniqueItems: true }),
      is_mandatory: Type.Boolean(),
    }),
  ),
  language: OneOf(['en', 'de', 'pt'] as const),
})

export const getPreferences = operation({
  id: 'getPreferences',
  method: 'GET',
  path: '/notifications/preferences',
  summary: 'How the signed-in user is told of what',
  access: { signedIn: true },
  reply: Preferences,
})

export const changePreferences = operation({
  id: 'changePreferences',
  method: 'PUT',
  path: '/notifications/preferences',
  summary: 'Changes how the signed-in user is told; kinds that are not sent stay as they are',
  access: { signedIn: true },
  body: Type.Object({
    categories: Type.Optional(
      Type.Array(
        Type.Object({
          category: OneOf(['TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE'] as const),
          channels: Type.Array(OneOf(['EMAIL', 'SMS', 'PUSH'] as const), { uniqueItems: true }),
        }),
        { maxItems: 4 },
      ),
    ),
    language: Type.Optional(OneOf(['en', 'de', 'pt'] as const)),
  }),
  reply: Preferences,
  problems: ['MANDATORY_NOTICE'],
})

const Template = Type.Object({
  template_id: Type.String(),
  category: OneOf(['TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE'] as const),
  language: OneOf(['en', 'de', 'pt'] as const),
  title: Type.String(),
  body: Type.String(),
  /** The names that it may use. */
  variables: Type.Array(Type.String()),
  version: Type.Integer(),
  updated_by: Type.String(),
  updated_at: Timestamp,
})
const byTemplate = Type.Object({ template_id: TemplateId })
const language = Type.Optional(OneOf(['en', 'de', 'pt'] as const))

export const listTemplates = operation({
  id: 'listTemplates',
  method: 'GET',
  path: '/notifications/templates',
  summary: 'The texts of notifications',
  access: { roles: ['support', 'compliance', 'auditor', 'admin'] },
  reply: Type.Object({ items: Type.Array(Template) }),
})

export const changeTemplate = operation({
  id: 'changeTemplate',
  method: 'PUT',
  path: '/notifications/templates/:template_id',
  summary: 'Changes the text of a notification in a language; what is sent from now on has it',
  access: { roles: ['admin'] },
  params: byTemplate,
  body: Type.Object({ language, title: PlainText(140), body: Type.String({ minLength: 1, maxLength: 4000 }) }),
  reply: Template,
  problems: ['TEMPLATE_NOT_FOUND', 'TEMPLATE_VARIABLE_UNKNOWN'],
})

export const previewTemplate = operation({
  id: 'previewTemplate',
  method: 'POST',
  path: '/notifications/templates/:template_id/preview',
  summary: 'Shows a template with values in it, sending nothing',
  access: { roles: ['support', 'compliance', 'admin'] },
  params: byTemplate,
  body: Type.Object({ language, variables: Type.Optional(Variables) }),
  reply: Type.Object({ title: Type.String(), body: Type.String() }),
  audit: false,
  problems: ['TEMPLATE_NOT_FOUND'],
})

const sending = {
  access: {
    roles: ['support', 'compliance', 'operator'],
    services: ['identity-service', 'account-service', 'customer-service', 'admin-service'],
  },
  body: Type.Object({ user_id: Id, template_id: TemplateId, variables: Type.Optional(Variables) }),
  reply: Type.Object({ notification_id: Id, status: OneOf(NOTIFICATION_STATUSES) }),
  status: 202,
  idempotency: 'required',
  problems: ['TEMPLATE_NOT_FOUND', 'USER_NOT_FOUND', 'CHANNEL_NOT_CONFIGURED', 'ADDRESS_MISSING'],
} as const

export const sendEmailNotification = operation({
  ...sending,
  id: 'sendEmailNotification',
  method: 'POST',
  path: '/notifications/email',
  summary: 'Sends a user a notification by e-mail, whatever he prefers',
})

export const sendSmsNotification = operation({
  ...sending,
  id: 'sendSmsNotification',
  method: 'POST',
  path: '/notifications/sms',
  summary: 'Sends a user a notification by SMS, whatever he prefers',
})

export const sendPushNotification = operation({
  ...sending,
  id: 'sendPushNotification',
  method: 'POST',
  path: '/notifications/push',
  summary: 'Sends a user a push notification, whatever he prefers',
})

/** A mail that another service wrote itself (codes): sealed in the queue, never kept in the clear, never in the list of notifications. */
export const sendMail = operation({
  id: 'sendMail',
  method: 'POST',
  path: '/internal/mails',
  summary: 'Sends a mail of a service to an address; the same mail_id is sent once',
  access: { services: ['identity-service'] },
  body: Type.Object({
    mail_id: Id,
    to: Type.Unsafe<string>({ type: 'string', format: 'email', maxLength: 254 }),
    subject: PlainText(200),
    text: Type.String({ minLength: 1, maxLength: 20_000 }),
    user_id: Type.Optional(NullableId),
  }),
  reply: Type.Object({ mail_id: Id }),
  status: 202,
  audit: false,
})

/** A text message that identity-service wrote itself (codes), to a number that need not be a user's yet: sealed like a mail. */
export const sendText = operation({
  id: 'sendText',
  method: 'POST',
  path: '/internal/texts',
  summary: 'Sends a text message of a service to a number; the same text_id is sent once',
  access: { services: ['identity-service'] },
  body: Type.Object({
    text_id: Id,
    to: Type.Unsafe<string>({ type: 'string', pattern: '^\\+[1-9][0-9]{6,14}$' }),
    text: Type.String({ minLength: 1, maxLength: 1_000 }),
    user_id: Type.Optional(NullableId),
  }),
  reply: Type.Object({ text_id: Id }),
  status: 202,
  problems: ['CHANNEL_NOT_CONFIGURED'],
  audit: false,
})

export const readMailbox = operation({
  id: 'readMailbox',
  method: 'GET',
  path: '/sandbox/mailbox',
  summary: 'What the sandbox bank sent to an address or telephone number, newest first, codes included',
  access: { anyone: true },
  sandbox: true,
  query: Type.Object({ to: Type.String({ minLength: 3, maxLength: 254 }) }),
  reply: Type.Object({
    items: Type.Array(
      Type.Object({
        mail_id: Id,
        channel: OneOf(['EMAIL', 'SMS', 'PUSH'] as const),
        to: Type.String(),
        subject: Type.String(),
        text: Type.String(),
        code: Type.Union([Type.String(), Type.Null()]),
        sent_at: Timestamp,
      }),
    ),
  }),
})
