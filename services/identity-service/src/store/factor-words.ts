import type { FactorWord } from '#contracts/enums.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { relyingPartyOf } from '../relying-party.ts'
import type { ChallengePurpose, UserRow } from '../tables.ts'

interface Had {
  passkeys: number
  phones: number
  totp: boolean
  sms: boolean
  email: boolean
  recovery: number
}

/** The purposes that each factor serves; a password serves those who have none, in a sandbox. Weak ones let nobody change factors; a recovery code confirms no payment. */
const SERVES: Readonly<Record<Exclude<FactorWord, 'PASSWORD'>, readonly ChallengePurpose[]>> = {
  PASSKEY: ['LOGIN', 'STEP_UP', 'CONSENT', 'ENROL'],
  PUSH: ['LOGIN', 'STEP_UP', 'CONSENT', 'ENROL'],
  TOTP: ['LOGIN', 'STEP_UP', 'CONSENT', 'ENROL'],
  // SMS can be redirected (NIST SP 800-63B §5.1.3.3) and a mailbox also resets the password: neither adds or removes a factor.
  SMS: ['LOGIN', 'STEP_UP', 'CONSENT'],
  EMAIL: ['LOGIN', 'STEP_UP', 'CONSENT'],
  RECOVERY_CODE: ['LOGIN', 'ENROL'],
}

/**
 * What a user can answer a challenge with, strongest first. A mailed code completes a sign-in only from a device that the user trusts: a new
 * password comes through the same mailbox, and forgets that trust.
 */
export async function factorWordsOf(
  sql: Queryable,
  own: Own,
  user: Pick<UserRow, 'user_id'>,
  { purpose, device_id }: { purpose: ChallengePurpose; device_id: string | null },
): Promise<FactorWord[]> {
  const had = await factorsHad(sql, user.user_id)
  const has: Record<keyof typeof SERVES, boolean> = {
    PASSKEY: had.passkeys > 0 && relyingPartyOf(own) !== null,
    PUSH: had.phones > 0,
    TOTP: had.totp,
    SMS: had.sms,
    EMAIL: had.email && (purpose !== 'LOGIN' || (await isTrustedDevice(sql, own, user.user_id, device_id))),
    RECOVERY_CODE: had.recovery > 0,
  }
  const words = (Object.keys(SERVES) as (keyof typeof SERVES)[]).filter(
    (word) => has[word] && SERVES[word].includes(purpose),
  )
  // A sign-in of somebody without any is asked for a mailed code where a password is too little (see sign-in-demands.ts).
  if (purpose === 'LOGIN' && !hasAny(had)) return ['EMAIL']
  if (words.length > 0 || own.profile !== 'sandbox') return words
  if (hasAny(had)) return []
  // A third party is allowed something by more than the password that was just typed, in a sandbox too: there the mailbox proves it.
  return purpose === 'STEP_UP' ? ['PASSWORD'] : purpose === 'CONSENT' ? ['EMAIL'] : []
}

/** True when the user has a second factor of any kind: then nothing about factors changes without one. */
export async function hasSecondFactor(sql: Queryable, user_id: string): Promise<boolean> {
  return hasAny(await factorsHad(sql, user_id))
}

function hasAny({ passkeys, phones, totp, sms, email }: Had): boolean {
  return passkeys > 0 || phones > 0 || totp || sms || email
}

async function factorsHad(sql: Queryable, user_id: string): Promise<Had> {
  const [had] = await sql<Had[]>`
    select (select count(*)::int from passkeys where user_id = u.id) as passkeys,
      (select count(*)::int from devices where user_id = u.id and public_jwk is not null) as phones,
      (select count(*)::int from recovery_codes where user_id = u.id and used_at is null) as recovery,
      exists (select 1 from factors where user_id = u.id and factor_type = 'TOTP' and confirmed_at is not null) as totp,
      exists (select 1 from factors where user_id = u.id and factor_type = 'SMS' and confirmed_at is not null) as sms,
      exists (select 1 from factors where user_id = u.id and factor_type = 'EMAIL' and confirmed_at is not null) as email
    from (select ${user_id}::uuid as id) u`
  return had as Had
}

async function isTrustedDevice(sql: Queryable, own: Own, user_id: string, device_id: string | null): Promise<boolean> {
  if (device_id === null) return false
  const [row] = await sql`
    select 1 from devices where user_id = ${user_id} and device_hash = ${own.vault.deviceHash(user_id, device_id)} and is_trusted`
  return row !== undefined
}
