import type { challengeFactor } from '#contracts/api/identity-factors.ts'
import type { FactorWord } from '#contracts/enums.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { randomDigits, randomToken, sha256 } from '#libs/crypto/tokens.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { secondsAfter } from '../domain/lockout.ts'
import { CODE_DIGITS, confirmationText, SMS_DIGITS } from '../domain/mails.ts'
import { outgoingMail, outgoingPush, outgoingText } from '../jobs/deliver-mail.ts'
import { problems } from '../problems.ts'
import type { ChallengeCodeRow, ChallengePurpose, ChallengeRow, FactorRow, UserRow } from '../tables.ts'
import { codeIdOf } from './challenge-answers.ts'
import { type Challenging, lockChallenge, shownOf } from './challenges.ts'
import { factorWordsOf } from './factor-words.ts'
import { maskedPhone, phoneOf } from './factors.ts'
import { passkeysOf, type RequestOptions, requestOptions } from './passkeys.ts'
import { emailOf } from './users.ts'

/** How often a code is sent for one challenge at most. */
const SENT_AT_MOST = 3
/** Approvals of one user that are asked for at most while their time runs, those that were denied or left included: more would teach to press yes. */
const WAITING_AT_MOST = 2

/** What a user is asked with. */
export interface Offer {
  factor: FactorWord
  expires_at: Date
  /** Where a code went, in part. */
  sent_to?: string
  /** For `navigator.credentials.get`. */
  passkey_options?: RequestOptions
  /** The number to type on the telephone. */
  match_number?: string
}

/**
 * Offers a factor for a challenge that stands: sends the code, asks the telephones, or says what a passkey has to sign. Where the challenge
 * confirms something, the code belongs to it and its message says it, and what the passkey signs is made of it (PSD2 RTS art. 5: dynamic
 * linking). Throws what `lockChallenge` throws, FACTOR_NOT_OFFERED for a factor that the user lacks here, TOO_MANY_TRIES for too many codes,
 * TOO_MANY_APPROVALS for too many questions on the telephone.
 */
export async function offerFactor(
  context: Challenging,
  { challenge_id, purpose, factor }: { challenge_id: string; purpose: ChallengePurpose; factor: FactorWord },
): Promise<Offer> {
  const { tx, own } = context
  const by = factor === 'PASSKEY' ? 'PASSKEY' : 'OTHER'
  const { challenge, user } = await lockChallenge(context, { challenge_id, purpose, by })
  const words = await factorWordsOf(tx, own, user, challenge)
  if (!words.includes(factor)) throw new Problem(problems.FACTOR_NOT_OFFERED)
  const offer = { factor, expires_at: challenge.expires_at }
  switch (factor) {
    case 'SMS':
    case 'EMAIL':
      return { ...offer, sent_to: await sendCodeFor(context, user, challenge, factor) }
    case 'PASSKEY':
      return { ...offer, passkey_options: await askPasskey(context, challenge) }
    case 'PUSH':
      return { ...offer, match_number: await askPhones(context, user, challenge) }
    case 'TOTP':
    case 'RECOVERY_CODE':
    case 'PASSWORD':
      return offer
    default:
      return factor satisfies never
  }
}

/** Sends a new code, which voids the one before; answers where it went. */
async function sendCodeFor(
  context: Challenging,
  user: UserRow,
  challenge: ChallengeRow,
  channel: ChallengeCodeRow['channel'],
): Promise<string> {
  const { tx, own, clock } = context
  const now = clock.wall.now()
  const { challenge_id, digest } = challenge
  await reserveCode(context, user, channel)
  const code = randomDigits(channel === 'SMS' ? SMS_DIGITS : CODE_DIGITS)
  const [row] = await tx<{ sent: number }[]>`
    insert into challenge_codes as c (challenge_id, channel, code_hash, digest, expires_at)
    values (${challenge_id}, ${channel}, ${own.vault.codeHash(codeIdOf({ challenge_id, channel }), code)}, ${digest}, ${challenge.expires_at})
    on conflict (challenge_id, channel) do update set code_hash = excluded.code_hash, digest = excluded.digest, sent = c.sent + 1
    returning sent`
  if ((row?.sent ?? 0) > SENT_AT_MOST) throw new Problem(problems.TOO_MANY_TRIES)
  const minutes = Math.max(1, Math.ceil((challenge.expires_at.getTime() - now.getTime()) / 60_000))
  const text = confirmationText({ code, minutes, shown: shownOf(own, challenge)?.text ?? null })
  context.afterCommit(() => own.queues.nudge())
  if (channel === 'EMAIL') {
    const to = emailOf(own.vault, user)
    await own.queues.enqueue(tx, outgoingMail, { to, subject: 'Your BankFlow code', text })
    return to
  }
  const [factor] = await tx<FactorRow[]>`
    select * from factors where user_id = ${user.user_id} and factor_type = 'SMS' and confirmed_at is not null`
  const to = phoneOf(own.vault, factor as FactorRow)
  await own.queues.enqueue(tx, outgoingText, { to, text, user_id: user.user_id })
  return maskedPhone(to)
}

/** Takes one of the codes that a user may be sent by this way within an hour; refuses when none is left. */
export async function reserveCode(
  { tx, own, clock }: Pick<Challenging, 'tx' | 'own' | 'clock'>,
  { email_hash }: Pick<UserRow, 'email_hash'>,
  lane: ChallengeCodeRow['channel'] | 'PUSH',
): Promise<void> {
  const now = clock.wall.now()
  const [row] = await tx<{ recent: number }[]>`
    select count(*)::int as recent from mails
    where email_hash = ${email_hash} and lane = ${lane} and sent_at > ${secondsAfter(now, -3_600)}`
  if ((row?.recent ?? 0) >= own.settings.mails_per_hour)
    throw new Problem(lane === 'PUSH' ? problems.TOO_MANY_APPROVALS : problems.TOO_MANY_TRIES)
  await tx`insert into mails (mail_id, email_hash, lane, sent_at) values (${newId()}, ${email_hash}, ${lane}, ${now})`
}

/** What the passkey signs: made of what is confirmed and of the challenge, which is random and used once; or random by itself. */
async function askPasskey({ tx, own }: Challenging, challenge: ChallengeRow): Promise<RequestOptions> {
  const { challenge_id, digest, user_id } = challenge
  const signed = digest === null ? randomToken() : linkedChallenge(digest, challenge_id)
  await tx`update challenges set passkey_challenge = ${signed} where challenge_id = ${challenge_id}`
  const passkeys = await passkeysOf(tx, user_id)
  return requestOptions(own, { challenge: signed, passkeys, ttl_s: own.settings.challenge_ttl_s })
}

/** The WebAuthn challenge of something confirmed, base64url: SHA-256 over its digest and the challenge's id. */
export function linkedChallenge(digest: string, challenge_id: string): string {
  return sha256(`${digest}.${challenge_id}`).toString('base64url')
}

/**
 * Asks the user's telephones, with nothing in the message; the number stays the same when asked again. Sign-ins from devices that the user never
 * used ask a few times an hour at most: whoever stole a password must not ask until somebody presses yes.
 */
async function askPhones(context: Challenging, user: UserRow, challenge: ChallengeRow): Promise<string> {
  const { tx, own, clock, afterCommit } = context
  const now = clock.wall.now()
  const { challenge_id, user_id, purpose, device_hash } = challenge
  if (challenge.match_number !== null) return challenge.match_number
  const [waiting] = await tx<{ count: number }[]>`
    select count(*)::int as count from challenges
    where user_id = ${user_id} and state in ('OPEN', 'DENIED') and pushed_at is not null and expires_at > ${now}`
  if ((waiting?.count ?? 0) >= WAITING_AT_MOST) throw new Problem(problems.TOO_MANY_APPROVALS)
  if (purpose === 'LOGIN' && device_hash === null) await reserveCode(context, user, 'PUSH')
  const match_number = randomDigits(2)
  await tx`
    update challenges set match_number = ${match_number}, pushed_at = ${now} where challenge_id = ${challenge_id}`
  await own.queues.enqueue(tx, outgoingPush, { user_id })
  afterCommit(() => own.queues.nudge())
  return match_number
}

/** An offer as the contract says it. */
export function offerReply(challenge_id: string, { expires_at, ...offer }: Offer): ReplyOf<typeof challengeFactor> {
  return { challenge_id, ...offer, expires_at: expires_at.toISOString() }
}
