import * as api from '#contracts/api/identity-devices.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { factorRemoved } from '../../store/factor-changes.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { lockUser } from '../../store/users.ts'
import type { DeviceRow, SessionRow } from '../../tables.ts'

/**
 * Forgets a device: its sessions end, and it is new when it comes back. Somebody who finds a stranger's device in his list may do it at once;
 * only a device that holds a key is a factor, and is given up like one.
 */
export const forgetDevice = implement(api.forgetDevice, {
  ask: checkOwnPassword,

  async run({ params: { device_id }, body }, context, check) {
    const { tx, own, caller, changed } = context
    const [found] = await tx<DeviceRow[]>`
      select * from devices where device_id = ${device_id} and user_id = ${caller.sub}`
    if (found === undefined) throw new Problem(problems.DEVICE_NOT_FOUND)
    const { user_id, device_hash } = found
    if (found.public_jwk !== null) await proveStrength(context, body, check)
    else await lockUser(tx, user_id)
    // A key that came meanwhile is not given up by who did not prove himself.
    const gone = await tx`
      delete from devices where device_id = ${device_id} and (public_jwk is not null) = ${found.public_jwk !== null}`
    if (gone.count === 0) throw new Problem(problems.DEVICE_NOT_FOUND)
    await tx`delete from known_devices where user_id = ${user_id} and device_hash = ${device_hash}`
    const sessions = await tx<Pick<SessionRow, 'session_id' | 'device_id'>[]>`
      select session_id, device_id from sessions where user_id = ${user_id} and status = 'ACTIVE' and device_id is not null`
    let ended_sessions = 0
    for (const session of sessions) {
      if (own.vault.deviceHash(user_id, session.device_id as string) !== device_hash) continue
      ended_sessions += await revokeSessions(context, user_id, { reason: 'DEVICE_FORGOTTEN', only: session.session_id })
    }
    if (found.public_jwk !== null) await factorRemoved(context, user_id, 'PUSH')
    changed({ before: { device_id, has_key: found.public_jwk !== null }, after: null })
    return { ended_sessions }
  },
})
