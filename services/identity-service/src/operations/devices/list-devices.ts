import * as api from '#contracts/api/identity-devices.ts'
import { implementRead } from '../../config.ts'
import { deviceOf, deviceReply } from '../../store/devices.ts'
import type { DeviceRow } from '../../tables.ts'

/** The devices that the user signed in from, last seen first. */
export const listDevices = implementRead(api.listDevices, {
  async read(_input, { sql, own, clock, caller }) {
    const rows = await sql<DeviceRow[]>`
      select * from devices where user_id = ${caller.sub} order by last_seen_at desc, device_id`
    const current = (await deviceOf(sql, own.vault, caller))?.device_id ?? null
    return { items: rows.map((row) => deviceReply(own.vault, row, { current, now: clock.wall.now() })) }
  },
})
