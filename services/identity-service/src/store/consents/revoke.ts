import type { ConsentStatus } from '#contracts/enums.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../../problems.ts'
import type { ConsentRow } from '../../tables.ts'
import { endSessions } from '../sessions.ts'
import { type Ending, endConsentsOf, type Why } from './ending.ts'
import { readConsent } from './records.ts'

/**
 * Ends one consent, if `isTheirs`; undefined when there is none. One that was taken back before stays as it is. CONSENT_OVER for a payment that
 * was made and for what ran out.
 */
export async function endStanding(
  context: Ending,
  consent_id: string,
  isTheirs: (consent: ConsentRow) => boolean,
  why: Why,
): Promise<ConsentRow | undefined> {
  const found = await readConsent(context.tx, consent_id)
  if (found === undefined || !isTheirs(found)) return undefined
  // The consent ends with its session; one whose session is over already is ended by itself.
  await endSessions(context, [found.session_id], why)
  await endConsentsOf(context, [found.session_id], why)
  const consent = (await readConsent(context.tx, consent_id)) as ConsentRow
  if (consent.status !== 'REVOKED') throw new Problem(problems.CONSENT_OVER, { detail: OVER[consent.status] })
  return consent
}

const OVER: Record<ConsentStatus, string> = {
  AUTHORISED: 'It stands',
  ACTIVE: 'It stands',
  REVOKED: 'It was taken back',
  USED: 'The payment that it was for was made',
  EXPIRED: 'Its time is over',
}
