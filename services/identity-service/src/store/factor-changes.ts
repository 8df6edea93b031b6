import { factorChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Own } from '../config.ts'
import { replaceRecoveryCodes } from './factors.ts'
import { revokeSessions } from './sessions.ts'
import { endAllChallenges } from './sign-in-lane.ts'

type Changing = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'caller' | 'mintId' | 'namedInTrail' | 'afterCommit'>
type FactorType = 'TOTP' | 'SMS' | 'EMAIL' | 'PASSKEY' | 'PUSH'

/**
 * A factor counts from here on: the user's other sessions, which were opened without it, end, as does every enrolment under way, and he is told.
 * Answers recovery codes where he has none that are unused; otherwise none. The user is locked.
 */
export async function factorAdded(context: Changing, user_id: string, factor_type: FactorType): Promise<string[]> {
  const { tx, own, clock, caller } = context
  await tx`update users set mfa_enabled = true, updated_at = ${clock.wall.now()} where user_id = ${user_id}`
  // What was begun before was begun on the strength of less: who knew the password alone must not end it now.
  await tx`delete from factors where user_id = ${user_id} and confirmed_at is null`
  await tx`delete from passkey_ceremonies where user_id = ${user_id} and kind = 'REGISTER'`
  const [left] = await tx`select 1 from recovery_codes where user_id = ${user_id} and used_at is null limit 1`
  const codes = left === undefined ? await replaceRecoveryCodes(tx, own.vault, user_id) : []
  await revokeSessions(context, user_id, { reason: 'FACTOR_ADDED', except: caller.session_id })
  await publish(tx, occurred(factorChanged, { user_id, factor_type, change: 'ADDED' }))
  return codes
}

/**
 * A factor is gone. A mailbox is no factor by itself, since it also resets the password: it goes with the last real one, and so do the recovery
 * codes. Other sessions and everything half confirmed end. Answers whether a second factor is left. The user is locked.
 */
export async function factorRemoved(context: Changing, user_id: string, factor_type: FactorType): Promise<boolean> {
  const { tx, clock, caller } = context
  const [real] = await tx`
    select 1 where exists (select 1 from passkeys where user_id = ${user_id})
      or exists (select 1 from devices where user_id = ${user_id} and public_jwk is not null)
      or exists (select 1 from factors where user_id = ${user_id} and factor_type <> 'EMAIL' and confirmed_at is not null)`
  const isLeft = real !== undefined
  if (!isLeft) {
    await tx`delete from factors where user_id = ${user_id}`
    await tx`delete from recovery_codes where user_id = ${user_id}`
    await tx`update devices set is_trusted = false where user_id = ${user_id} and is_trusted`
    await tx`update users set mfa_enabled = false, updated_at = ${clock.wall.now()} where user_id = ${user_id}`
  }
  await endAllChallenges(tx, user_id)
  await revokeSessions(context, user_id, { reason: 'FACTOR_REMOVED', except: caller.session_id })
  await publish(tx, occurred(factorChanged, { user_id, factor_type, change: 'REMOVED' }))
  return isLeft
}

/**
 * Takes every second factor of a user who has lost them: authenticators, numbers, passkeys, keys of devices, recovery codes, and the trust in
 * devices. Every session ends and he is told. For two persons of the bank to decide. Answers what was taken. The user is locked.
 */
export async function resetFactors(
  context: Changing,
  user_id: string,
): Promise<{ factors: number; passkeys: number; device_keys: number }> {
  const { tx, clock } = context
  const factors = await tx`delete from factors where user_id = ${user_id}`
  const passkeys = await tx`delete from passkeys where user_id = ${user_id}`
  const keys = await tx`
    update devices set public_jwk = null, key_added_at = null where user_id = ${user_id} and public_jwk is not null`
  await tx`update devices set is_trusted = false where user_id = ${user_id} and is_trusted`
  await tx`delete from recovery_codes where user_id = ${user_id}`
  await tx`delete from passkey_ceremonies where user_id = ${user_id}`
  await tx`update users set mfa_enabled = false, updated_at = ${clock.wall.now()} where user_id = ${user_id}`
  await endAllChallenges(tx, user_id)
  await revokeSessions(context, user_id, { reason: 'FACTORS_RESET' })
  await publish(tx, occurred(factorChanged, { user_id, factor_type: 'ALL', change: 'REMOVED' }))
  return { factors: factors.count, passkeys: passkeys.count, device_keys: keys.count }
}
