import * as api from '#contracts/api/identity.ts'
import type { SessionKind } from '#contracts/enums.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead, type Own } from '../../config.ts'
import { namePlace } from '../../store/devices.ts'
import type { DeviceRow, SessionRow } from '../../tables.ts'

/** A session with what is behind it. */
interface ListedRow extends SessionRow {
  kind: SessionKind
  client_name: string | null
}

/**
 * The active sessions of the signed-in user, the latest used first, at most 100: browsers and apps, what third parties were allowed, and keys
 * (ASVS 3.3.4: a user sees them, and ends any of them).
 */
export const listSessions = implementRead(api.listSessions, {
  async read(_input, { sql, own, clock, caller }) {
    const rows = await sql<ListedRow[]>`
      select s.*, c.client_name,
        case when c.consent_id is not null then 'THIRD_PARTY' when k.key_id is not null then 'API_KEY'
          when w.session_id is not null then 'BROWSER' else 'APP' end as kind
      from sessions s left join web_sessions w using (session_id) left join consents c using (session_id)
        left join api_keys k using (session_id)
      where s.user_id = ${caller.sub} and s.status = 'ACTIVE' and s.expires_at > ${clock.wall.now()}
      order by s.last_accessed_at desc, s.session_id desc limit 100`
    const names = await deviceNames(sql, own, caller.sub, rows)
    const items = rows.map((row) => ({
      session_id: row.session_id,
      status: row.status,
      is_current: row.session_id === caller.session_id,
      kind: row.kind,
      device_id: row.device_id,
      device_name: row.device_id === null ? null : (names.get(row.device_id) ?? null),
      client_name: row.client_name,
      created_at: row.created_at.toISOString(),
      last_accessed_at: row.last_accessed_at.toISOString(),
      expires_at: row.expires_at.toISOString(),
    }))
    return { items }
  },
})

/** What the user called the devices of sessions, by the device's id as the session has it. */
async function deviceNames(
  sql: Queryable,
  { vault }: Own,
  user_id: string | null,
  sessions: readonly ListedRow[],
): Promise<Map<string, string>> {
  if (user_id === null) return new Map()
  const ids = [...new Set(sessions.flatMap(({ device_id }) => (device_id === null ? [] : [device_id])))]
  const idOf = new Map(ids.map((id) => [vault.deviceHash(user_id, id), id]))
  const devices = await sql<DeviceRow[]>`
    select * from devices
    where user_id = ${user_id} and device_hash = any(${[...idOf.keys()]}::text[]) and name_encrypted is not null`
  return new Map(
    devices.map(({ device_id, device_hash, name_encrypted }) => [
      idOf.get(device_hash) as string,
      vault.fields.open(name_encrypted as string, namePlace(device_id)),
    ]),
  )
}
