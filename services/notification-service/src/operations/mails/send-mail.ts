import * as api from '#contracts/api/notification.ts'
import { implement } from '../../config.ts'
import { outgoingMail } from '../../jobs/queues.ts'

export const sendMail = implement(api.sendMail, {
  /** Takes a mail over into a sealed job of this transaction. The same mail_id is taken once, whatever it says the second time. */
  async run({ body: { mail_id, to, subject, text, user_id = null } }, { tx, own, clock, afterCommit }) {
    const taken = await tx`
      insert into mails (mail_id, user_id, status, accepted_at) values (${mail_id}, ${user_id}, 'PENDING', ${clock.wall.now()})
      on conflict do nothing`
    if (taken.count === 0) return { mail_id }
    await own.queues.enqueue(tx, outgoingMail, { mail_id, user_id, to, subject, text })
    afterCommit(() => own.queues.nudge(outgoingMail))
    return { mail_id }
  },
})
