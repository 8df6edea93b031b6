import * as api from '#contracts/api/identity-devices.ts'
import { approvalDenied } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { type DeviceKey, decisionText, isSignedBy } from '../../device-keys.ts'
import { problems } from '../../problems.ts'
import { failChallenge, lockPushed } from '../../store/challenges.ts'
import { deviceOf } from '../../store/devices.ts'

/**
 * Approves or denies what the user's telephones were asked. The session alone decides nothing: the device's key signs the decision over what is
 * confirmed. Approving takes the number that the other screen shows; a wrong one counts like a wrong code. Denying ends the challenge and tells.
 */
export const answerApproval = implement(api.answerApproval, {
  async run({ params: { challenge_id }, body }, context) {
    const { tx, own, caller } = context
    const locked = await lockPushed(context, challenge_id)
    const { digest, match_number, purpose, user_id } = locked.challenge
    const device = await deviceOf(tx, own.vault, caller)
    if (device === undefined || device.public_jwk === null) throw new Problem(problems.DEVICE_UNKNOWN)
    const { decision, signature } = body
    const typed = decision === 'APPROVE' ? (body.match_number ?? '') : null
    const text = decisionText({ challenge_id, digest, decision, match_number: typed })
    if (!isSignedBy(device.public_jwk as DeviceKey, text, signature)) throw new Problem(problems.SIGNATURE_WRONG)
    if (decision === 'DENY') {
      await tx`update challenges set state = 'DENIED' where challenge_id = ${challenge_id}`
      await publish(tx, occurred(approvalDenied, { user_id, challenge_id, purpose }))
      return { status: 'DENIED' as const }
    }
    if (typed !== match_number) return failChallenge(context, locked)
    await tx`
      update challenges set state = 'APPROVED', approved_by = ${device.device_id} where challenge_id = ${challenge_id}`
    return { status: 'APPROVED' as const }
  },
})
