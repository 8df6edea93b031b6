import type { Ending, Why } from '../store/consents/ending.ts'
import { dropGrantsBehind, sessionsOfClient } from '../store/oauth/grants.ts'
import { endSessions } from '../store/sessions.ts'

/** Ends the session behind a grant, and with it the consent. */
export async function endGrant(context: Ending, session_id: string, why: Why): Promise<void> {
  await endSessions(context, [session_id], why)
}

/** Ends whatever customers allowed a third party; returns how many consents that were. */
export async function endAllOfClient(context: Ending, client_id: string, why: Why): Promise<number> {
  const session_ids = await sessionsOfClient(context.tx, client_id)
  const { consents } = await endSessions(context, session_ids, why)
  await dropGrantsBehind(context.tx, session_ids)
  return consents
}
