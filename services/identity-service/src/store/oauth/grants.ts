import type { Queryable } from '#libs/sql/database.ts'
import { artifactHash } from './artifacts.ts'

/** Deletes a grant with its codes and tokens; returns the session behind it, or null. */
export async function dropGrant(sql: Queryable, grant_id: string): Promise<string | null> {
  const [grant] = await sql<{ session_id: string | null }[]>`
    select session_id from oauth_artifacts where model = 'Grant' and id_hash = ${artifactHash(grant_id)}`
  await sql`delete from oauth_artifacts where grant_id = ${grant_id}`
  return grant?.session_id ?? null
}

/** Deletes the grants behind sessions, with their codes and tokens. */
export async function dropGrantsBehind(sql: Queryable, session_ids: readonly string[]): Promise<void> {
  await sql`
    delete from oauth_artifacts where grant_id in (
      select grant_id from oauth_artifacts where session_id = any(${[...session_ids]}::uuid[]) and grant_id is not null)`
}

/** The active sessions of a third party. */
export async function sessionsOfClient(sql: Queryable, client_id: string): Promise<string[]> {
  const sessions = await sql<{ session_id: string }[]>`
    select session_id from sessions where client_id = ${client_id} and status = 'ACTIVE' order by session_id`
  return sessions.map(({ session_id }) => session_id)
}

/** Notes that a third party fetched a token: its consent is in use from then on. */
export async function noteUse(
  sql: Queryable,
  { consent_id, session_id }: { consent_id: string; session_id: string },
  now: Date,
): Promise<void> {
  await sql`
    update consents set last_used_at = ${now}, status = case status when 'AUTHORISED' then 'ACTIVE' else status end
    where consent_id = ${consent_id} and status in ('AUTHORISED', 'ACTIVE')`
  await sql`update sessions set last_accessed_at = ${now} where session_id = ${session_id} and status = 'ACTIVE'`
}

/** Of a user who may sign in, whose customer he is; undefined for anybody else. */
export async function activeUser(sql: Queryable, user_id: string): Promise<{ customer_id: string | null } | undefined> {
  const [user] = await sql<{ customer_id: string | null }[]>`
    select customer_id from users where user_id = ${user_id} and is_active and is_verified`
  return user
}

/** The public keys that were ever in use, retired ones included. */
export async function everyPublicKey(sql: Queryable): Promise<unknown[]> {
  const rows = await sql<{ public_jwk: unknown }[]>`select public_jwk from signing_keys`
  return rows.map(({ public_jwk }) => public_jwk)
}
