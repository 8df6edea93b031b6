import * as events from '#contracts/events/notification.ts'
import type { ValuesOf } from '#libs/config/settings.ts'
import { startQueues } from '#libs/jobs/queues.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { askForSettings } from './jobs/ask-for-settings.ts'
import { deliverMail } from './jobs/deliver-mail.ts'
import { deliverNotice } from './jobs/deliver-notice.ts'
import { forgetOld } from './jobs/forget-old.ts'
import { LiveFeeds } from './live-feeds.ts'
import { readMailbox } from './operations/mails/read-mailbox.ts'
import { sendEmailNotification } from './operations/mails/send-email-notification.ts'
import { sendMail } from './operations/mails/send-mail.ts'
import { sendPushNotification } from './operations/mails/send-push-notification.ts'
import { sendSmsNotification } from './operations/mails/send-sms-notification.ts'
import { sendText } from './operations/mails/send-text.ts'
import { listNotifications } from './operations/notifications/list-notifications.ts'
import { listNotificationsOfUser } from './operations/notifications/list-notifications-of-user.ts'
import { markAllNotificationsRead } from './operations/notifications/mark-all-notifications-read.ts'
import { markNotificationRead } from './operations/notifications/mark-notification-read.ts'
import { streamNotifications } from './operations/notifications/stream-notifications.ts'
import { changePreferences } from './operations/preferences/change-preferences.ts'
import { getPreferences } from './operations/preferences/get-preferences.ts'
import { changeTemplate } from './operations/templates/change-template.ts'
import { listTemplates } from './operations/templates/list-templates.ts'
import { previewTemplate } from './operations/templates/preview-template.ts'
import { openPost } from './post.ts'
import { problems } from './problems.ts'
import { onAccountActivated } from './reactions/accounts/on-account-activated.ts'
import { onAccountBalanceLow } from './reactions/accounts/on-account-balance-low.ts'
import { onAccountClosed } from './reactions/accounts/on-account-closed.ts'
import { onAccountCreated } from './reactions/accounts/on-account-created.ts'
import { onAccountFrozen } from './reactions/accounts/on-account-frozen.ts'
import { onAccountOwnerAdded } from './reactions/accounts/on-account-owner-added.ts'
import { onAccountOwnerRemoved } from './reactions/accounts/on-account-owner-removed.ts'
import { onAccountStatementReady } from './reactions/accounts/on-account-statement-ready.ts'
import { onAccountUnfrozen } from './reactions/accounts/on-account-unfrozen.ts'
import { onCustomerCreated } from './reactions/customers/on-customer-created.ts'
import { onCustomerCreationRolledBack } from './reactions/customers/on-customer-creation-rolled-back.ts'
import { onCustomerUpdated } from './reactions/customers/on-customer-updated.ts'
import { onKycApproved } from './reactions/customers/on-kyc-approved.ts'
import { onKycExpired } from './reactions/customers/on-kyc-expired.ts'
import { onKycRejected } from './reactions/customers/on-kyc-rejected.ts'
import { onSettingChanged } from './reactions/settings/on-setting-changed.ts'
import { onBeneficiaryAdded } from './reactions/transactions/on-beneficiary-added.ts'
import { onTransactionCancelled } from './reactions/transactions/on-transaction-cancelled.ts'
import { onTransactionCompleted } from './reactions/transactions/on-transaction-completed.ts'
import { onTransactionFailed } from './reactions/transactions/on-transaction-failed.ts'
import { onTransactionReversed } from './reactions/transactions/on-transaction-reversed.ts'
import { onApprovalDenied } from './reactions/users/on-approval-denied.ts'
import { onDeviceAdded } from './reactions/users/on-device-added.ts'
import { onFactorChanged } from './reactions/users/on-factor-changed.ts'
import { onUserLockedOut } from './reactions/users/on-user-locked-out.ts'
import { onUserPasswordChanged } from './reactions/users/on-user-password-changed.ts'
import { onUserVerified } from './reactions/users/on-user-verified.ts'
import { positionsOf } from './store/feeds.ts'
import { putIntoMailbox } from './store/mailbox.ts'
import { openVault } from './vault.ts'

/** Tells people what happened: in the app, live, by mail, SMS and push. */
export const service = defineService<Own>({
  name: 'notification-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [
    readMailbox,
    sendEmailNotification,
    sendMail,
    sendPushNotification,
    sendSmsNotification,
    sendText,
    listNotificationsOfUser,
    listNotifications,
    markAllNotificationsRead,
    markNotificationRead,
    streamNotifications,
    changePreferences,
    getPreferences,
    changeTemplate,
    listTemplates,
    previewTemplate,
  ],
  reactions: [
    onAccountActivated,
    onAccountBalanceLow,
    onAccountClosed,
    onAccountCreated,
    onAccountFrozen,
    onAccountOwnerAdded,
    onAccountOwnerRemoved,
    onAccountStatementReady,
    onAccountUnfrozen,
    onCustomerCreated,
    onCustomerCreationRolledBack,
    onCustomerUpdated,
    onKycApproved,
    onKycExpired,
    onKycRejected,
    onSettingChanged,
    onBeneficiaryAdded,
    onTransactionCancelled,
    onTransactionCompleted,
    onTransactionFailed,
    onTransactionReversed,
    onApprovalDenied,
    onDeviceAdded,
    onFactorChanged,
    onUserLockedOut,
    onUserPasswordChanged,
    onUserVerified,
  ],
  jobs: [forgetOld, askForSettings],
  produces: Object.values(events),
  problems,
  constraints: {},
  owners: {},
  partitioned: ['notifications', 'deliveries'],
  async open({ profile, settings: values, keys, database, clock, client, log }) {
    const { smtp_url, mail_from } = values as ValuesOf<typeof settings>
    const vault = openVault(keys)
    const post = openPost({
      profile,
      smtp_url,
      mail_from,
      mailbox: (letters) => putIntoMailbox(database.app, vault, { letters, now: clock.wall.now() }),
    })
    const room = { client, database, clock, vault, post }
    const queues = await startQueues({ database, keys, log, workers: [deliverMail(room), deliverNotice(room)] })
    const live = new LiveFeeds({ log, positionsOf: (user_ids) => positionsOf(database.app, user_ids) })
    return { vault, queues, post, live, database }
  },
  async close({ queues, live, post }) {
    await Promise.all([queues.stop(), live.stop()])
    post.close()
  },
})
