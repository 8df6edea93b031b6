import * as api from '#contracts/api/notification.ts'
import { implementRead } from '../../config.ts'
import { codeIn } from '../../domain/mails.ts'
import { mailboxOf } from '../../store/mailbox.ts'

/** What the sandbox sent to an address or telephone number, newest first. */
export const readMailbox = implementRead(api.readMailbox, {
  async read({ query }, { sql, own }) {
    const mails = await mailboxOf(sql, own.vault, query.to)
    return { items: mails.map((mail) => ({ ...mail, code: codeIn(mail.text), sent_at: mail.sent_at.toISOString() })) }
  },
})
