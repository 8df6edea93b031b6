import { randomDigits } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { CODE_DIGITS, type MailKind, mailOf } from '../domain/mails.ts'
import { outgoingMail } from '../jobs/deliver-mail.ts'
import type { CodePurpose, UserRow } from '../tables.ts'
import { renewCodeTries } from './attempts.ts'
import { emailOf } from './users.ts'

type Sending = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'afterCommit'>

/**
 * Takes one of the mails that an address, known or not, may be sent this hour; false when none is left. With it the tries of that lane's
 * code begin anew, and only with it: tries that could be had for nothing would let a code be guessed.
 */
export async function reserveMail(
  { tx, own, clock }: Sending,
  email_hash: string,
  lane: CodePurpose,
): Promise<boolean> {
  const now = clock.wall.now()
  const [row] = await tx<{ recent: number }[]>`
    select count(*)::int as recent from mails
    where email_hash = ${email_hash} and lane = ${lane} and sent_at > ${secondsAfter(now, -3_600)}`
  if ((row?.recent ?? 0) >= own.settings.mails_per_hour) return false
  await tx`insert into mails (mail_id, email_hash, lane, sent_at) values (${newId()}, ${email_hash}, ${lane}, ${now})`
  await renewCodeTries(tx, email_hash, lane, now)
  return true
}

/** Sends a mail by a sealed job of this transaction. The mail is reserved before. */
export async function postMail(context: Sending, user: UserRow, kind: MailKind, code = ''): Promise<void> {
  const { tx, own } = context
  const minutes = Math.round(own.settings.code_ttl_s / 60)
  await own.queues.enqueue(tx, outgoingMail, mailOf(kind, emailOf(own.vault, user), code, minutes))
  context.afterCommit(() => own.queues.nudge())
}

/** Makes a new code, which voids the one before, and mails it. The mail is reserved before. */
export async function postCode(context: Sending, user: UserRow, purpose: CodePurpose): Promise<void> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const code = randomDigits(CODE_DIGITS)
  const code_id = newId()
  await tx`
    update one_time_codes set voided_at = ${now}
    where user_id = ${user.user_id} and purpose = ${purpose} and consumed_at is null and voided_at is null`
  await tx`
    insert into one_time_codes (code_id, user_id, purpose, code_hash, expires_at)
    values (${code_id}, ${user.user_id}, ${purpose}, ${own.vault.codeHash(code_id, code)},
      ${secondsAfter(now, own.settings.code_ttl_s)})`
  await postMail(context, user, purpose, code)
}

/** Mails a new code, or silently nothing when the address has had enough this hour; the old code then stands. */
export async function sendCode(context: Sending, user: UserRow, purpose: CodePurpose): Promise<void> {
  if (await reserveMail(context, user.email_hash, purpose)) await postCode(context, user, purpose)
}
