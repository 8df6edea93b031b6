import * as api from '#contracts/api/identity.ts'
import { decode } from '#libs/json/json.ts'
import { implementRead } from '../../config.ts'
import { codeIn, type Mail } from '../../domain/mails.ts'
import type { MailRow } from '../../tables.ts'

/** The sandbox's mail to an address, newest first, at most 50. */
export const readMailbox = implementRead(api.readMailbox, {
  async read({ query }, { sql, own }) {
    const rows = await sql<MailRow[]>`
      select mail_id, content_encrypted, sent_at from mailbox
      where to_hash = ${own.vault.emailHash(query.to)} order by mail_id desc limit 50`
    const items = rows.map(({ mail_id, content_encrypted, sent_at }) => {
      const mail = decode(own.vault.fields.open(content_encrypted, `mailbox.content/${mail_id}`)) as Mail
      return { mail_id, ...mail, code: codeIn(mail.text), sent_at: sent_at.toISOString() }
    })
    return { items }
  },
})
