import { MAIL_SIGNATURE } from '#contracts/settings.ts'
import { type QueueWorker, workerOf } from '#libs/jobs/queue.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { signed } from '../domain/mails.ts'
import { type Outcome, settleMail } from '../store/deliveries.ts'
import { type PostRoom, sendOrGiveUp } from './deliver-notice.ts'
import { outgoingMail } from './queues.ts'

/** Sends a mail that another service wrote, signed by the bank. */
export function deliverMail({ database, clock, post }: PostRoom): QueueWorker {
  return workerOf(outgoingMail, async ({ payload: { mail_id, user_id, to, subject, text }, attempt }) => {
    const signature = await settingOf(database.app, MAIL_SIGNATURE)
    const settle = (outcome: Omit<Outcome, 'at'>): Promise<void> =>
      database.transact((tx) => settleMail(tx, { mail_id, user_id }, { ...outcome, at: clock.wall.now() }))
    const message = { to, subject, text: signed(text, signature), message_id: mail_id }
    await sendOrGiveUp(() => post.send('EMAIL', message), { attempt, retries: outgoingMail.retries, settle })
  })
}
