import type { ConsentStatus } from '#contracts/enums.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import { endSessions } from '../store/sessions.ts'
import type { ConsentRow } from '../tables.ts'
import { type Ending, endConsentsOf, type Why } from './ending.ts'
import { readConsent } from './records.ts'

type Standing = Pick<ConsentRow, 'session_id'>

/** Ends every consent of a user, with the sessions behind them, by a rule of the bank. Returns how many ended. The user is locked. */
export async function revokeConsents(context: Ending, user_id: string, reason: string): Promise<number> {
  const standing = await context.tx<Standing[]>`
    select session_id from consents where user_id = ${user_id} and status in ('AUTHORISED', 'ACTIVE')`
  return endThem(context, standing, { by: 'POLICY', reason })
}

/** Ends every consent that a third party holds: it may not act for anybody any more. Returns how many ended. */
export async function revokeConsentsOfClient(context: Ending, client_id: string, reason: string): Promise<number> {
  const standing = await context.tx<Standing[]>`
    select session_id from consents where client_id = ${client_id} and status in ('AUTHORISED', 'ACTIVE')`
  return endThem(context, standing, { by: 'BANK', reason })
}

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
  await endThem(context, [found], why)
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

/** Ending the session ends the consent with it; one whose session is over already is ended by itself. */
async function endThem(context: Ending, standing: readonly Standing[], why: Why): Promise<number> {
  const session_ids = standing.map(({ session_id }) => session_id)
  const { consents } = await endSessions(context, session_ids, why)
  return consents + (await endConsentsOf(context, session_ids, why))
}
