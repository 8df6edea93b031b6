import * as api from '#contracts/api/identity-factors.ts'
import { implement } from '../../config.ts'
import { offerFactor, offerReply } from '../../store/challenge-offers.ts'

/** Offers a factor for the proof that a change of factors or devices takes, to the session that began it. */
export const offerFactorProof = implement(api.offerFactorProof, {
  async run({ params: { challenge_id }, body: { factor } }, context) {
    return offerReply(challenge_id, await offerFactor(context, { challenge_id, purpose: 'ENROL', factor }))
  },
})
