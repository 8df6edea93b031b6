import * as api from '#contracts/api/identity-devices.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { deviceOf, deviceReply, namePlace } from '../../store/devices.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { hasSecondFactor } from '../../store/factor-words.ts'
import { lockUser } from '../../store/users.ts'
import type { DeviceRow } from '../../tables.ts'

/** Names a device, or trusts it or not. Trust takes what a change of factors takes, and a second factor at all; taking it back takes nothing. */
export const changeDevice = implement(api.changeDevice, {
  ask: checkOwnPassword,

  async run({ params: { device_id }, body }, context, check) {
    const { tx, own, clock, caller, changed } = context
    const { name, is_trusted } = body
    if (name === undefined && is_trusted === undefined) throw new Problem(problems.NOTHING_TO_CHANGE)
    if (is_trusted === true) {
      const { user_id } = await proveStrength(context, body, check)
      if (!(await hasSecondFactor(tx, user_id))) throw new Problem(problems.FACTOR_MISSING)
    } else await lockUser(tx, caller.sub)
    const [before] = await tx<DeviceRow[]>`
      select * from devices where device_id = ${device_id} and user_id = ${caller.sub} for update`
    if (before === undefined) throw new Problem(problems.DEVICE_NOT_FOUND)
    const sealed = name === undefined ? before.name_encrypted : own.vault.fields.seal(name, namePlace(device_id))
    const [row] = await tx<DeviceRow[]>`
      update devices set name_encrypted = ${sealed}, is_trusted = ${is_trusted ?? before.is_trusted}
      where device_id = ${device_id} returning *`
    const after = row as DeviceRow
    changed({ before: { is_trusted: before.is_trusted }, after: { is_trusted: after.is_trusted } })
    const current = (await deviceOf(tx, own.vault, caller))?.device_id ?? null
    return deviceReply(own.vault, after, { current, now: clock.wall.now() })
  },
})
