import { userLockedOut } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { afterFailure, stateOf } from '../domain/lockout.ts'
import type { KnownDeviceRow, UserRow } from '../tables.ts'
import type { Vault } from '../vault.ts'
import { clearLoginFailures, lockAttempts, writeLoginAttempts } from './attempts.ts'

/**
 * Where failed sign-ins are counted and what they lock. Devices that the user signed in from before have a lane each; everything else, and
 * every unknown address, shares the lane of the address. So whoever fails from elsewhere cannot lock a person's own devices out, and a
 * device that fails locks itself alone.
 */
export interface Lane {
  email_hash: string
  /** Null for the lane of the address. */
  device_hash: string | null
  user_id: string | null
  failures: number
  locked_until: Date | null
}

interface Attempted {
  email_hash: string
  device_id: string | null
}

/** The lane as of now, not locked; undefined when nothing was counted yet. */
export async function readLane(sql: Queryable, vault: Vault, attempted: Attempted): Promise<Lane | undefined> {
  const device = await readDevice(sql, vault, attempted)
  if (device !== undefined) return { ...device, email_hash: attempted.email_hash }
  const [row] = await sql<Lane[]>`
    select email_hash, null as device_hash, null as user_id, failures, locked_until from address_attempts
    where email_hash = ${attempted.email_hash} and kind = 'LOGIN'`
  return row
}

/**
 * The lane and the user, both locked until the transaction ends, so that parallel guesses are counted one by one. Locks are always taken
 * in the order address, user, device, so that no two sign-ins wait for each other.
 */
export async function lockLane(
  tx: Tx,
  vault: Vault,
  attempted: Attempted,
  now: Date,
): Promise<{ lane: Lane; user: UserRow | undefined }> {
  const { email_hash } = attempted
  const device = await readDevice(tx, vault, attempted)
  if (device === undefined) {
    const { failures, locked_until } = await lockAttempts(tx, email_hash, 'LOGIN', now)
    const user = await lockUserByHash(tx, email_hash)
    return { lane: { email_hash, device_hash: null, user_id: null, failures, locked_until }, user }
  }
  const user = await lockUserByHash(tx, email_hash)
  const [locked] = await tx<KnownDeviceRow[]>`
    select user_id, device_hash, failures, locked_until from known_devices
    where user_id = ${device.user_id} and device_hash = ${device.device_hash} for update`
  // Gone since it was read when a new password was set: then what was checked against the old one is refused anyway.
  return { lane: { ...(locked ?? device), email_hash }, user }
}

async function lockUserByHash(tx: Tx, email_hash: string): Promise<UserRow | undefined> {
  const [user] = await tx<UserRow[]>`select * from users where email_hash = ${email_hash} for update`
  return user
}

/**
 * Counts one wrong password or second factor, and tells it when a known user's sign-in gets to a harder state: a notice for each further guess
 * would be noise that somebody else makes. Returns the new count.
 */
export async function countLoginFailure(
  tx: Tx,
  lane: Lane,
  user: UserRow | undefined,
  now: Date,
): Promise<{ failures: number; locked_until: Date | null }> {
  const next = afterFailure(lane.failures, now)
  if (lane.device_hash === null) await writeLoginAttempts(tx, lane.email_hash, next, now)
  else
    await tx`
      update known_devices set failures = ${next.failures}, locked_until = ${next.locked_until}
      where user_id = ${lane.user_id} and device_hash = ${lane.device_hash}`
  const isHarder = stateOf(next.failures) !== stateOf(lane.failures)
  if (user !== undefined && next.locked_until !== null && isHarder)
    await publish(tx, occurred(userLockedOut, { user_id: user.user_id, until: next.locked_until.toISOString() }))
  return next
}

/** A whole sign-in: the lane's failures are forgotten, and the device is known from here on. Other lanes stay as they are. */
export async function recordSignIn(
  tx: Tx,
  vault: Vault,
  { lane, user_id, device_id }: { lane: Lane; user_id: string; device_id: string | null },
  now: Date,
): Promise<void> {
  if (lane.device_hash === null) await clearLoginFailures(tx, lane.email_hash, now)
  if (device_id === null) return
  await tx`
    insert into known_devices (user_id, device_hash, last_used_at)
    values (${user_id}, ${vault.deviceHash(user_id, device_id)}, ${now})
    on conflict (user_id, device_hash) do update set failures = 0, locked_until = null, last_used_at = ${now}`
}

/**
 * Ends the half-finished sign-ins of a lane that was locked, and what the guessing session itself is asked to confirm: their second factor could be
 * guessed through the lock. What other sessions confirm stays: a stranger who guesses passwords must not stop a payment.
 */
export async function endChallenges(tx: Tx, lane: Lane, user_id: string, session_id: string | null): Promise<void> {
  await tx`
    delete from challenges where user_id = ${user_id} and device_hash is not distinct from ${lane.device_hash}
      and (session_id is null or session_id = ${session_id})`
}

/** Ends everything that a user was asked to prove or confirm: after a new password or new rights he is asked anew. */
export async function endAllChallenges(tx: Tx, user_id: string): Promise<void> {
  await tx`delete from challenges where user_id = ${user_id}`
}

/** Ends the locks of a user's devices, and forgets their failures; they stay known. The user is locked. */
export async function unlockDevices(tx: Tx, user_id: string): Promise<void> {
  await tx`update known_devices set failures = 0, locked_until = null where user_id = ${user_id}`
}

/** Forgets a user's devices, but one: after a new password nobody is trusted for what he knew before. */
export async function forgetDevices(tx: Tx, user_id: string, but: string | null = null): Promise<void> {
  await tx`delete from known_devices where user_id = ${user_id} and device_hash is distinct from ${but}`
  await tx`
    update devices set is_trusted = false where user_id = ${user_id} and is_trusted and device_hash is distinct from ${but}`
}

async function readDevice(
  sql: Queryable,
  vault: Vault,
  { email_hash, device_id }: Attempted,
): Promise<KnownDeviceRow | undefined> {
  if (device_id === null) return undefined
  const [user] = await sql<Pick<UserRow, 'user_id'>[]>`select user_id from users where email_hash = ${email_hash}`
  if (user === undefined) return undefined
  const [device] = await sql<KnownDeviceRow[]>`
    select user_id, device_hash, failures, locked_until from known_devices
    where user_id = ${user.user_id} and device_hash = ${vault.deviceHash(user.user_id, device_id)}`
  return device
}
