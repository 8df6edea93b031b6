import * as api from '#contracts/api/identity-step-up.ts'
import { implement } from '../../config.ts'
import { offerFactor, offerReply } from '../../store/challenge-offers.ts'

/** Offers a factor for a confirmation, to the session that began it. */
export const offerStepUp = implement(api.offerStepUp, {
  async run({ params: { challenge_id }, body: { factor } }, context) {
    return offerReply(challenge_id, await offerFactor(context, { challenge_id, purpose: 'STEP_UP', factor }))
  },
})
