import * as api from '#contracts/api/identity-factors.ts'
import { implement } from '../../config.ts'
import { offerFactor, offerReply } from '../../store/challenge-offers.ts'

/** Offers a factor for a sign-in that lacks its second. Whoever holds the challenge had the password right. */
export const challengeFactor = implement(api.challengeFactor, {
  async run({ body: { challenge_id, factor } }, context) {
    return offerReply(challenge_id, await offerFactor(context, { challenge_id, purpose: 'LOGIN', factor }))
  },
})
