import { decode, encode } from '#libs/json/json.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { Message } from '../domain/mails.ts'
import type { Letter } from '../post.ts'
import type { MailboxRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

/** Mails that one look into the mailbox shows. */
const SHOWN = 50

/** Puts messages into the sandbox's mailbox, by one statement; a repeat finds its message there and changes nothing. */
export async function putIntoMailbox(
  sql: Queryable,
  vault: Vault,
  { letters, now }: { letters: readonly Letter[]; now: Date },
): Promise<void> {
  const column = (pick: (letter: Letter) => string): string => textArray(letters.map(pick))
  const sealed = ({ message_id, to, subject, text }: Letter): string =>
    vault.fields.seal(encode({ to, subject, text }), `mailbox.content/${message_id}`)
  await sql`
    insert into mailbox (mail_id, channel, to_hash, content_encrypted, sent_at)
    select mail_id, channel, to_hash, content, ${now}
    from unnest(${column(({ message_id }) => message_id)}::uuid[], ${column(({ channel }) => channel)}::text[],
      ${column(({ to }) => vault.addressHash(to))}::text[], ${column(sealed)}::text[]) as letter (mail_id, channel, to_hash, content)
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
