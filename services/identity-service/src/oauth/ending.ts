import type { Tx } from '#libs/sql/database.ts'
import type { Ending, Why } from '../consents/ending.ts'
import { endSessions } from '../store/sessions.ts'

/** Ends the session behind a grant, and with it the consent. */
export async function endGrant(context: Ending, session_id: string, why: Why): Promise<void> {
  await endSessions(context, [session_id], why)
}

/** Ends whatever customers allowed a third party; returns how many consents that were. */
export async function endAllOfClient(context: Ending, client_id: string, why: Why): Promise<number> {
  const sessions = await context.tx<{ session_id: string }[]>`
    select session_id from sessions where client_id = ${client_id} and status = 'ACTIVE' order by session_id`
  const ids = sessions.map(({ session_id }) => session_id)
  const { consents } = await endSessions(context, ids, why)
  await dropArtifactsOf(context.tx, ids)
  return consents
}

async function dropArtifactsOf(tx: Tx, session_ids: readonly string[]): Promise<void> {
  await tx`
    delete from oauth_artifacts where grant_id in (
      select grant_id from oauth_artifacts where session_id = any(${[...session_ids]}::uuid[]) and grant_id is not null)`
}
