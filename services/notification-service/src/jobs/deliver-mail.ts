import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import { type BatchWorker, batchWorkerOf } from '#libs/jobs/queue.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { signed } from '../domain/mails.ts'
import { settleMails } from '../store/deliveries.ts'
import { outgoingMail } from './queues.ts'
import { type Draft, type PostRoom, sendAll } from './send-all.ts'

/** Sends what other services wrote; mails are signed by the bank. */
export function deliverMail(room: Pick<PostRoom, 'database' | 'clock' | 'post'>): BatchWorker {
  return batchWorkerOf(outgoingMail, { most: room.post.most }, async (items) => {
    const signature = await settingOf(room.database.app, MAIL_SIGNATURE)
    const drafts = items.map(({ payload, attempt, trace }): Draft => {
      const { mail_id, user_id, to, subject, text, channel = 'EMAIL' } = payload
      const about = { notification_id: mail_id, user_id, channel, template_id: 'mail' }
      const message = { to, subject, text: channel === 'SMS' ? text : signed(text, signature), message_id: mail_id }
      return { id: mail_id, about, trace, attempt, letter: { ...message, channel } }
    })
    const outcomes = await sendAll(room, drafts, { retries: outgoingMail.retries, settle: settleMails })
    return drafts.map(({ id }) => outcomes.get(id))
  })
}
