import type { listDevices } from '#contracts/api/identity-devices.ts'
import { deviceAdded } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { publish } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'
import type { DeviceRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

type DeviceReply = ReplyOf<typeof listDevices>['items'][number]

/**
 * Notes that a user signed in from a device; returns until when it is new. One that was not seen before cools off, and its user is told, save at his
 * very first: there is nothing else it could be told apart from.
 */
export async function noteDevice(
  tx: Tx,
  own: Pick<Own, 'vault' | 'settings'>,
  { user_id, device_id }: { user_id: string; device_id: string },
  now: Date,
): Promise<Date> {
  const device_hash = own.vault.deviceHash(user_id, device_id)
  const [seen] = await tx<Pick<DeviceRow, 'cooling_off_until'>[]>`
    update devices set last_seen_at = ${now} where user_id = ${user_id} and device_hash = ${device_hash} returning cooling_off_until`
  if (seen !== undefined) return seen.cooling_off_until
  const id = newId()
  const [other] = await tx`select 1 from devices where user_id = ${user_id} limit 1`
  const cooling_off_until = secondsAfter(now, own.settings.device_cooling_off_s)
  const added = await tx`
    insert into devices (device_id, user_id, device_hash, cooling_off_until, first_seen_at, last_seen_at)
    values (${id}, ${user_id}, ${device_hash}, ${cooling_off_until}, ${now}, ${now})
    on conflict on constraint devices_of_user do nothing`
  if (added.count > 0)
    await publish(tx, occurred(deviceAdded, { user_id, device_id: id, is_first: other === undefined }))
  return cooling_off_until
}

/** The device of a session by what the client calls it; undefined where it names none, or one that was forgotten. */
export async function deviceOf(
  sql: Queryable,
  vault: Vault,
  { sub, device_id }: { sub: string | null; device_id: string | null },
): Promise<DeviceRow | undefined> {
  if (sub === null || device_id === null) return undefined
  const [row] = await sql<DeviceRow[]>`
    select * from devices where user_id = ${sub} and device_hash = ${vault.deviceHash(sub, device_id)}`
  return row
}

/** A device as the contract shows one. */
export function deviceReply(vault: Vault, row: DeviceRow, seen: { current: string | null; now: Date }): DeviceReply {
  return {
    device_id: row.device_id,
    name: row.name_encrypted === null ? null : vault.fields.open(row.name_encrypted, namePlace(row.device_id)),
    is_current: row.device_id === seen.current,
    is_trusted: row.is_trusted,
    has_key: row.public_jwk !== null,
    cooling_off_until: row.cooling_off_until > seen.now ? row.cooling_off_until.toISOString() : null,
    first_seen_at: row.first_seen_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
  }
}

/** Where a device's name is sealed to. */
export function namePlace(device_id: string): string {
  return `devices.name/${device_id}`
}
