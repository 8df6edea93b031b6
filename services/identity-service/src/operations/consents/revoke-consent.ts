import * as api from '#contracts/api/identity-consents.ts'
import type { Caller } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { consentReply } from '../../store/consents/records.ts'
import { endStanding } from '../../store/consents/revoke.ts'
import type { ConsentRow } from '../../tables.ts'

/**
 * The customer takes back what he allowed, or the third party gives it up: effective with the answer here, within a second everywhere else.
 * Twice is once. What was used up or ran out cannot be taken back.
 */
export const revokeConsent = implement(api.revokeConsent, {
  async run({ params }, context) {
    const { caller, own } = context
    const by = caller.grant === null ? 'CUSTOMER' : 'THIRD_PARTY'
    const isTheirs = (consent: ConsentRow): boolean => holds(caller, consent)
    const consent = await endStanding(context, params.consent_id, isTheirs, { by, reason: `REVOKED_BY_${by}` })
    if (consent === undefined) throw new Problem(problems.CONSENT_NOT_FOUND)
    return consentReply(own, consent)
  },
})

function holds(caller: Caller, { consent_id, user_id }: ConsentRow): boolean {
  return caller.grant === null ? caller.sub === user_id : caller.grant.consent_id === consent_id
}
