import * as api from '#contracts/api/notification.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { outgoingMail } from '../../jobs/queues.ts'
import { problems } from '../../problems.ts'

export const sendText = implement(api.sendText, {
  /** Takes a text message over into a sealed job of this transaction, once an id. Refused where this bank sends none: its code would be waited for. */
  async run({ body: { text_id, to, text, user_id = null } }, { tx, own, clock, afterCommit }) {
    if (!own.post.canSend('SMS')) throw new Problem(problems.CHANNEL_NOT_CONFIGURED)
    const taken = await tx`
      insert into mails (mail_id, user_id, status, accepted_at) values (${text_id}, ${user_id}, 'PENDING', ${clock.wall.now()})
      on conflict do nothing`
    if (taken.count === 0) return { text_id }
    await own.queues.enqueue(tx, outgoingMail, { mail_id: text_id, user_id, to, subject: 'SMS', text, channel: 'SMS' })
    afterCommit(() => own.queues.nudge(outgoingMail))
    return { text_id }
  },
})
