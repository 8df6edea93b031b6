import * as api from '#contracts/api/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { implementRead } from '../../config.ts'
import { namePlace } from '../../store/devices.ts'
import { maskedPhone, phoneOf } from '../../store/factors.ts'
import { passkeysOf } from '../../store/passkeys.ts'
import { emailOf, readUser } from '../../store/users.ts'
import type { DeviceRow, FactorRow } from '../../tables.ts'

type Item = ReplyOf<typeof api.listFactors>['items'][number]

/** The second factors of the signed-in user, whatever their kind, and how many recovery codes are left. */
export const listFactors = implementRead(api.listFactors, {
  async read(_input, { sql, own, caller }) {
    const user = await readUser(sql, caller.sub)
    if (user === undefined) return { items: [], recovery_codes_left: 0 }
    const { user_id } = user
    const factors = await sql<FactorRow[]>`select * from factors where user_id = ${user_id} order by factor_id`
    const passkeys = await passkeysOf(sql, user_id)
    const devices = await sql<DeviceRow[]>`
      select * from devices where user_id = ${user_id} and public_jwk is not null order by device_id`
    const [left] = await sql<{ count: number }[]>`
      select count(*)::int as count from recovery_codes where user_id = ${user_id} and used_at is null`
    const labels = {
      TOTP: () => null,
      SMS: (row: FactorRow) => maskedPhone(phoneOf(own.vault, row)),
      EMAIL: () => emailOf(own.vault, user),
    }
    const items: Item[] = [
      ...factors.map((row) => itemOf(row.factor_id, row.factor_type, labels[row.factor_type](row), row)),
      ...passkeys.map((row) =>
        itemOf(row.passkey_id, 'PASSKEY', row.name, { confirmed_at: row.created_at, last_used_at: row.last_used_at }),
      ),
      ...devices.map((row) => {
        const { device_id, name_encrypted } = row
        const name = name_encrypted === null ? null : own.vault.fields.open(name_encrypted, namePlace(device_id))
        return itemOf(device_id, 'PUSH', name, { confirmed_at: row.key_added_at, last_used_at: row.last_seen_at })
      }),
    ]
    return { items, recovery_codes_left: left?.count ?? 0 }
  },
})

function itemOf(
  factor_id: string,
  factor_type: Item['factor_type'],
  label: string | null,
  at: { confirmed_at: Date | null; last_used_at: Date | null },
): Item {
  const confirmed_at = at.confirmed_at?.toISOString() ?? null
  return { factor_id, factor_type, label, confirmed_at, last_used_at: at.last_used_at?.toISOString() ?? null }
}
