import * as api from '#contracts/api/identity-consents.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { consentReply, mayLookAt, readConsent } from '../../store/consents/records.ts'

/** One consent. Somebody else's looks like none. */
export const getConsent = implementRead(api.getConsent, {
  async read({ params }, { sql, own, caller }) {
    const consent = await readConsent(sql, params.consent_id)
    if (consent === undefined || !mayLookAt(caller, consent)) throw new Problem(problems.CONSENT_NOT_FOUND)
    return consentReply(own, consent)
  },
})
