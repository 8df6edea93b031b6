import { decode, encode } from '#libs/json/json.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Message } from '../domain/mails.ts'
import type { Channel } from '../domain/preferences.ts'
import type { MailboxRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

/** Mails that one look into the mailbox shows. */
const SHOWN = 50

/** Puts a message into the sandbox's mailbox; a repeat finds it there and changes nothing. */
export async function putIntoMailbox(
  sql: Queryable,
  vault: Vault,
  mail: { mail_id: string; channel: Channel; message: Message; now: Date },
): Promise<void> {
  const { mail_id, channel, message, now } = mail
  const { to, subject, text } = message
  const content = vault.fields.seal(encode({ to, subject, text }), `mailbox.content/${mail_id}`)
  await sql`
    insert into mailbox (mail_id, channel, to_hash, content_encrypted, sent_at)
    values (${mail_id}, ${channel}, ${vault.addressHash(to)}, ${content}, ${now})
    on conflict do nothing`
}

/** The messages to an address, newest first. */
export async function mailboxOf(
  sql: Queryable,
  vault: Vault,
  to: string,
): Promise<(Omit<MailboxRow, 'content_encrypted'> & Message)[]> {
  const rows = await sql<MailboxRow[]>`
    select mail_id, channel, content_encrypted, sent_at from mailbox
    where to_hash = ${vault.addressHash(to)} order by mail_id desc limit ${SHOWN}`
  return rows.map(({ content_encrypted, ...row }) => ({
    ...row,
    ...(decode(vault.fields.open(content_encrypted, `mailbox.content/${row.mail_id}`)) as Message),
  }))
}
