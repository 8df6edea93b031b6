import * as api from '#contracts/api/identity-step-up.ts'
import { stepUpDigest } from '#libs/http/step-up.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { confirmable, inputOf } from '../../step-up/confirmable.ts'
import { describeRequest } from '../../step-up/describe.ts'
import { openChallenge } from '../../store/challenges.ts'
import { lockUser } from '../../store/users.ts'

/** Begins to confirm one request. The challenge is bound to the session and to the digest of the request, and shows what it would do. */
export const startStepUp = implement(api.startStepUp, {
  async ask({ body }, { call, caller }) {
    const contract = confirmable(body.operation)
    const input = inputOf(contract, body)
    return { digest: stepUpDigest(contract.id, input), shown: await describeRequest(contract, input, { call, caller }) }
  },

  async run(_input, context, { digest, shown }) {
    const { tx, caller, namedInTrail } = context
    const { session_id, device_id, amr } = caller
    const user = await lockUser(tx, caller.sub)
    if (session_id === null || user?.is_active !== true) throw new Problem(problems.USER_ALONE)
    const asked = { user, purpose: 'STEP_UP' as const, session_id, device_id, digest, shown, amr }
    const { challenge_id, factors, expires_at } = await openChallenge(context, asked)
    namedInTrail({ entity_id: challenge_id })
    return { challenge_id, digest, shown, factors, expires_at: expires_at.toISOString() }
  },
})
