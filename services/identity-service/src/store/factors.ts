import { randomInt } from 'node:crypto'
import type { Tx } from '#libs/sql/database.ts'
import type { FactorRow, UserRow } from '../tables.ts'
import { acceptedStep } from '../totp.ts'
import type { Vault } from '../vault.ts'

const RECOVERY_CODES = 10
// Without 0, 1, i, l, o and u: what is copied from paper must not be misread.
const ALPHABET = '23456789abcdefghjkmnpqrstvwxyz'

/** Where a TOTP secret is sealed to. */
export function secretPlace(factor_id: string): string {
  return `factors.secret/${factor_id}`
}

/** The telephone number of an SMS factor in the clear, E.164. */
export function phoneOf(vault: Vault, factor: Pick<FactorRow, 'factor_id' | 'secret_encrypted'>): string {
  return vault.fields.open(factor.secret_encrypted, secretPlace(factor.factor_id))
}

/** A number as its owner recognises it and nobody else learns it: the country's first digits and the last two. */
export function maskedPhone(phone: string): string {
  return `${phone.slice(0, 3)}${'•'.repeat(Math.max(0, phone.length - 5))}${phone.slice(-2)}`
}

/** True when the code is one of the factor's that was not used before; it is used up then. The factor must be locked. */
export async function spendTotp(tx: Tx, vault: Vault, factor: FactorRow, code: string, now: Date): Promise<boolean> {
  const secret = vault.fields.open(factor.secret_encrypted, secretPlace(factor.factor_id))
  const step = acceptedStep(secret, code, now, factor.last_used_step)
  if (step === null) return false
  await tx`update factors set last_used_step = ${step}, last_used_at = ${now} where factor_id = ${factor.factor_id}`
  return true
}

/** True when the code was on the user's list and unused; it is used up then. */
export async function spendRecoveryCode(
  tx: Tx,
  vault: Vault,
  user: UserRow,
  code: string,
  now: Date,
): Promise<boolean> {
  const used = await tx`
    update recovery_codes set used_at = ${now}
    where user_id = ${user.user_id} and code_hash = ${vault.recoveryHash(user.user_id, code)} and used_at is null`
  return used.count === 1
}

/** A new list of recovery codes in the clear, to be shown once; the list before is worth nothing any more. */
export async function replaceRecoveryCodes(tx: Tx, vault: Vault, user_id: string): Promise<string[]> {
  const codes = new Set<string>()
  while (codes.size < RECOVERY_CODES) codes.add(`${randomPart()}-${randomPart()}`)
  await tx`delete from recovery_codes where user_id = ${user_id}`
  await tx`
    insert into recovery_codes (user_id, code_hash)
    select ${user_id}, code_hash from unnest(${[...codes].map((code) => vault.recoveryHash(user_id, code))}::text[]) as code_hash`
  return [...codes]
}

function randomPart(): string {
  return Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}
