import { randomDigits } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { type MailKind, mailOf } from '../domain/mails.ts'
import { outgoingMail } from '../jobs/deliver-mail.ts'
import type { CodePurpose, UserRow } from '../tables.ts'
import { emailOf } from './users.ts'

type Sending = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'afterCommit'>

/** Sends a mail by a sealed job of this transaction, or silently none when the user has had enough of them this hour. */
export async function sendMail(context: Sending, user: UserRow, kind: MailKind, code = ''): Promise<boolean> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const [row] = await tx<{ recent: number }[]>`
    select count(*)::int as recent from mails where user_id = ${user.user_id} and sent_at > ${secondsAfter(now, -3_600)}`
  if ((row?.recent ?? 0) >= own.settings.mails_per_hour) return false
  await tx`insert into mails (mail_id, user_id, kind, sent_at) values (${newId()}, ${user.user_id}, ${kind}, ${now})`
  await own.queues.enqueue(
    tx,
    outgoingMail,
    mailOf(kind, emailOf(own.vault, user), code, Math.round(own.settings.code_ttl_s / 60)),
  )
  context.afterCommit(() => own.queues.nudge())
  return true
}

/** Makes a new code, which voids the one before, and mails it. When no more mail may go out the old code stands. */
export async function sendCode(context: Sending, user: UserRow, purpose: CodePurpose): Promise<void> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const code = randomDigits(6)
  if (!(await sendMail(context, user, purpose, code))) return
  const code_id = newId()
  await voidCodes(tx, user.user_id, [purpose], now)
  await tx`
    insert into one_time_codes (code_id, user_id, purpose, code_hash, expires_at)
    values (${code_id}, ${user.user_id}, ${purpose}, ${own.vault.codeHash(code_id, code)},
      ${secondsAfter(now, own.settings.code_ttl_s)})`
}

/** Makes the codes of a user void. */
export async function voidCodes(
  tx: WriteContext<Own>['tx'],
  user_id: string,
  purposes: readonly CodePurpose[],
  now: Date,
): Promise<void> {
  await tx`
    update one_time_codes set voided_at = ${now}
    where user_id = ${user_id} and purpose = any(${[...purposes]}::text[]) and consumed_at is null and voided_at is null`
}
