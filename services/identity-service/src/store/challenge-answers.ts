import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { FactorWord } from '#contracts/enums.ts'
import { sameBytes } from '#libs/crypto/tokens.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { CONFORMANCE_USER } from '../domain/conformance.ts'
import type { PasswordCheck } from '../passwords.ts'
import { problems } from '../problems.ts'
import type { ChallengeCodeRow, ChallengeRow, FactorRow, UserRow } from '../tables.ts'
import { factorWordsOf } from './factor-words.ts'
import { spendRecoveryCode, spendTotp } from './factors.ts'
import { amrOf, spendAssertion } from './passkeys.ts'

type Answering = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>

/**
 * What somebody answers a challenge with. A code says by its form what it is: six digits an authenticator's or an SMS, eight a mail's, with a
 * dash a recovery code. A password is checked before the transaction (`checkPassword` in `ask`).
 */
export type Answer =
  | { code: string }
  | { passkey: AuthenticationResponseJSON }
  | { push: true }
  | { password: PasswordCheck }

/** An answer as a body of a request has it: one of these. */
export interface FactorAnswer {
  code?: string
  passkey?: AuthenticationResponseJSON
  push?: true
}

/** The one answer of a body; refuses none and two. */
export function answerIn({ code, passkey, push }: FactorAnswer): Answer {
  const given: Answer[] = []
  if (code !== undefined) given.push({ code })
  if (passkey !== undefined) given.push({ passkey })
  if (push !== undefined) given.push({ push })
  const [only, ...more] = given
  if (only !== undefined && more.length === 0) return only
  const errors = [{ pointer: '', detail: 'exactly one of code, passkey and push' }]
  throw new Problem(platformProblems.VALIDATION_FAILED, {
    detail: 'Send exactly one of code, passkey and push.',
    errors,
  })
}

/** What a code of a challenge is hashed with. */
export function codeIdOf({ challenge_id, channel }: Pick<ChallengeCodeRow, 'challenge_id' | 'channel'>): string {
  return `${challenge_id}/${channel}`
}

/**
 * What a right answer proves (RFC 8176), used up by it; null for a wrong one. User and challenge are locked. Throws APPROVAL_PENDING while
 * the telephone has not answered, and FACTOR_NOT_OFFERED for a factor that this challenge has no question of.
 */
export async function proofOf(
  context: Answering,
  user: UserRow,
  challenge: ChallengeRow,
  answer: Answer,
): Promise<string[] | null> {
  const words = await factorWordsOf(context.tx, context.own, user, challenge)
  const needs = (word: FactorWord): void => {
    if (!words.includes(word)) throw new Problem(problems.FACTOR_NOT_OFFERED)
  }
  if ('code' in answer) return spendCode(context, user, challenge, { code: answer.code, words })
  if ('passkey' in answer) {
    needs('PASSKEY')
    const { passkey_challenge } = challenge
    if (passkey_challenge === null) throw new Problem(problems.FACTOR_NOT_OFFERED)
    const asked = { challenge: passkey_challenge, user_id: user.user_id }
    const passkey = await spendAssertion(context, answer.passkey, asked)
    return passkey === null ? null : amrOf(passkey)
  }
  if ('push' in answer) {
    needs('PUSH')
    if (challenge.pushed_at === null) throw new Problem(problems.FACTOR_NOT_OFFERED)
    if (challenge.state !== 'APPROVED') throw new Problem(problems.APPROVAL_PENDING)
    return ['mca', 'pop']
  }
  needs('PASSWORD')
  const { matches, seen } = answer.password
  return matches && seen === user.password_hash ? ['pwd'] : null
}

async function spendCode(
  { tx, own, clock }: Answering,
  user: UserRow,
  challenge: ChallengeRow,
  { code, words }: { code: string; words: readonly FactorWord[] },
): Promise<string[] | null> {
  const now = clock.wall.now()
  const has = (word: FactorWord): boolean => words.includes(word)
  if (code.includes('-'))
    return has('RECOVERY_CODE') && (await spendRecoveryCode(tx, own.vault, user, code, now)) ? ['otp'] : null
  if (isPublished(own, user, code)) return ['otp']
  if (code.length === 8)
    return has('EMAIL') && (await isSent(tx, own, challenge, { channel: 'EMAIL', code, now })) ? ['otp', 'email'] : null
  if (has('TOTP')) {
    const [factor] = await tx<FactorRow[]>`
      select * from factors where user_id = ${user.user_id} and factor_type = 'TOTP' and confirmed_at is not null for update`
    if (factor !== undefined && (await spendTotp(tx, own.vault, factor, code, now))) return ['otp']
  }
  return has('SMS') && (await isSent(tx, own, challenge, { channel: 'SMS', code, now })) ? ['otp', 'sms'] : null
}

/** The code that everybody knows, of the one user that a conformance suite signs in as; no such code is set anywhere else. */
function isPublished({ profile, settings, vault }: Own, { email_hash }: UserRow, code: string): boolean {
  if (profile !== 'sandbox' || settings.conformance_code === undefined) return false
  return code === settings.conformance_code && email_hash === vault.emailHash(CONFORMANCE_USER)
}

/** Whether a code is the one that was sent for this challenge, and for what the challenge says today. */
async function isSent(
  tx: Answering['tx'],
  own: Own,
  { challenge_id, digest }: ChallengeRow,
  { channel, code, now }: { channel: ChallengeCodeRow['channel']; code: string; now: Date },
): Promise<boolean> {
  const [sent] = await tx<ChallengeCodeRow[]>`
    select * from challenge_codes where challenge_id = ${challenge_id} and channel = ${channel}`
  if (sent === undefined || sent.expires_at <= now || sent.digest !== digest) return false
  return sameBytes(sent.code_hash, own.vault.codeHash(codeIdOf(sent), code))
}
