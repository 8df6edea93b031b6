import * as api from '#contracts/api/identity-consents.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { consentReply } from '../../store/consents/records.ts'
import { endStanding } from '../../store/consents/revoke.ts'

/** The bank takes a consent back. Why stands in the trail, where only those who look into it read it: it may be a suspicion. */
export const endConsent = implement(api.endConsent, {
  async run({ params, body }, context) {
    const why = { by: 'BANK', reason: 'REVOKED_BY_BANK' } as const
    const consent = await endStanding(context, params.consent_id, () => true, why)
    if (consent === undefined) throw new Problem(problems.CONSENT_NOT_FOUND)
    context.changed({ before: null, after: { status: consent.status, reason: body.reason } })
    return consentReply(context.own, consent)
  },
})
