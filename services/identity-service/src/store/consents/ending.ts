import type { ConsentEnder } from '#contracts/enums.ts'
import { consentRevoked } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Own } from '../../config.ts'
import type { ConsentRow } from '../../tables.ts'
import { consentNotices } from './notices.ts'

export type Ending = Pick<WriteContext<Own>, 'tx' | 'own' | 'clock' | 'afterCommit'>

/** Who ended a consent, and why. */
export interface Why {
  by: ConsentEnder
  reason: string
}

/**
 * Ends the consents behind sessions that were ended: what the authorization server holds of them is gone, the event is out, and the third party
 * will be told. A payment that was made stays USED. Returns how many were ended by this. The sessions are locked, so that two enders meet there.
 */
export async function endConsentsOf(context: Ending, session_ids: readonly string[], why: Why): Promise<number> {
  if (session_ids.length === 0) return 0
  const { tx, own, clock, afterCommit } = context
  const ended = await tx<ConsentRow[]>`
    update consents set status = 'REVOKED', ended_at = ${clock.wall.now()}, ended_by = ${why.by}, ended_reason = ${why.reason}
    where session_id = any(${[...session_ids]}::uuid[]) and status in ('AUTHORISED', 'ACTIVE')
    returning *`
  if (ended.length === 0) return 0
  // The grant has the consent's id: codes and refresh tokens of it are gone, not only refused.
  const grants = ended.map(({ consent_id }) => consent_id)
  await tx`delete from oauth_artifacts where grant_id = any(${grants}::text[])`
  await publishAll(
    tx,
    ended.map(({ consent_id, user_id, client_id }) => occurred(consentRevoked, { consent_id, user_id, client_id })),
  )
  await own.queues.enqueueMany(
    tx,
    consentNotices,
    ended.map(({ consent_id }) => ({ payload: { consent_id } })),
  )
  afterCommit(() => own.queues.nudge(consentNotices))
  return ended.length
}
