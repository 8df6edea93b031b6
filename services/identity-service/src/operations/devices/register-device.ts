import * as api from '#contracts/api/identity-devices.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isSignedBy, registrationText, thumbprintOf } from '../../device-keys.ts'
import { problems } from '../../problems.ts'
import { deviceOf, deviceReply, namePlace } from '../../store/devices.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { hasSecondFactor } from '../../store/factor-words.ts'
import type { DeviceRow } from '../../tables.ts'

/**
 * Gives the caller's device a key. Only who has a second factor already may, after proving it: a password that was stolen makes no telephone. The
 * new key signs the proof's id, which is random and good once, so that nobody registers a key that he does not hold.
 */
export const registerDevice = implement(api.registerDevice, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, clock, caller, changed } = context
    const { public_key, signature, proof, name } = body
    const { user_id } = await proveStrength(context, body, check)
    if (proof === undefined || !(await hasSecondFactor(tx, user_id))) throw new Problem(problems.FACTOR_MISSING)
    if (!isSignedBy(public_key, registrationText(proof.challenge_id, public_key), signature))
      throw new Problem(problems.SIGNATURE_WRONG)
    const device = await deviceOf(tx, own.vault, caller)
    if (device === undefined) throw new Problem(problems.DEVICE_UNKNOWN)
    const now = clock.wall.now()
    const [row] = await tx<DeviceRow[]>`
      update devices set public_jwk = ${tx.json(public_key as never)}, key_added_at = ${now},
        name_encrypted = ${own.vault.fields.seal(name, namePlace(device.device_id))}
      where device_id = ${device.device_id} and public_jwk is null returning *`
    if (row === undefined) throw new Problem(problems.FACTOR_EXISTS)
    await factorAdded(context, user_id, 'PUSH')
    changed({ before: null, after: { device_id: row.device_id, thumbprint: thumbprintOf(public_key) } })
    return deviceReply(own.vault, row, { current: row.device_id, now })
  },
})
