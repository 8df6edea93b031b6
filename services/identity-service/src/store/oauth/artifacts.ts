import { sha256 } from '#libs/crypto/tokens.ts'
import { decode, encode } from '#libs/json/json.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { Own } from '../../config.ts'

/** One row of what the authorization server keeps, as the library writes and reads it. */
export type Payload = Record<string, unknown>

interface ArtifactRow {
  payload: string
  consumed_at: Date | null
}

type Vault = Own['vault']

/** How an id is found again: it has full entropy, so a plain hash is enough. */
export function artifactHash(id: string): string {
  return sha256(id).toString('base64url')
}

function placeOf(model: string, id_hash: string): string {
  return `oauth_artifacts.payload/${model}/${id_hash}`
}

/**
 * Writes a row, or writes it anew. What was consumed stays so. The payload is sealed as the very text that was handed over: a digest over
 * `authorization_details` must come out the same on every reading.
 */
export async function putArtifact(
  sql: Queryable,
  vault: Vault,
  { model, id, payload, expires_at }: { model: string; id: string; payload: Payload; expires_at: Date | null },
): Promise<void> {
  const id_hash = artifactHash(id)
  const { grantId, uid, accountId, bank } = payload as Partial<Record<'grantId' | 'uid' | 'accountId', string>> & {
    bank?: { session_id: string }
  }
  const row = {
    ...{ model, id_hash, expires_at, payload: vault.fields.seal(encode(payload), placeOf(model, id_hash)) },
    grant_id: model === 'Grant' ? id : (grantId ?? null),
    uid_hash: model === 'Session' && uid !== undefined ? artifactHash(uid) : null,
    session_id: bank?.session_id ?? null,
    user_hash: model === 'Session' && accountId !== undefined ? artifactHash(accountId) : null,
  }
  await sql`
    insert into oauth_artifacts ${sql(row)}
    on conflict (model, id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at,
      grant_id = excluded.grant_id, uid_hash = excluded.uid_hash, session_id = excluded.session_id, user_hash = excluded.user_hash`
}

/** A row by its id, or undefined. */
export async function findArtifact(
  sql: Queryable,
  vault: Vault,
  model: string,
  id: string,
): Promise<Payload | undefined> {
  const id_hash = artifactHash(id)
  const [row] = await sql<ArtifactRow[]>`
    select payload, consumed_at from oauth_artifacts where model = ${model} and id_hash = ${id_hash}`
  return row && opened(vault, model, id_hash, row)
}

/** A row by its id, locked until the transaction ends. */
export async function lockArtifact(
  sql: Queryable,
  vault: Vault,
  model: string,
  id: string,
): Promise<Payload | undefined> {
  const id_hash = artifactHash(id)
  const [row] = await sql<ArtifactRow[]>`
    select payload, consumed_at from oauth_artifacts where model = ${model} and id_hash = ${id_hash} for update`
  return row && opened(vault, model, id_hash, row)
}

/** A browser's session by its second id. */
export async function findSessionByUid(sql: Queryable, vault: Vault, uid: string): Promise<Payload | undefined> {
  const [row] = await sql<(ArtifactRow & { id_hash: string })[]>`
    select payload, consumed_at, id_hash from oauth_artifacts where model = 'Session' and uid_hash = ${artifactHash(uid)}`
  return row && opened(vault, 'Session', row.id_hash, row)
}

/** A grant whose session stands; one whose session has ended is gone, and with it all that hangs on it. */
export async function findGrant(sql: Queryable, vault: Vault, id: string, now: Date): Promise<Payload | undefined> {
  const id_hash = artifactHash(id)
  const [row] = await sql<ArtifactRow[]>`
    select payload, consumed_at from oauth_artifacts join sessions using (session_id)
    where model = 'Grant' and id_hash = ${id_hash} and sessions.status = 'ACTIVE' and sessions.expires_at > ${now}`
  return row && opened(vault, 'Grant', id_hash, row)
}

function opened(vault: Vault, model: string, id_hash: string, { payload, consumed_at }: ArtifactRow): Payload {
  const read = decode(vault.fields.open(payload, placeOf(model, id_hash))) as Payload
  return consumed_at === null ? read : { ...read, consumed: Math.floor(consumed_at.getTime() / 1000) }
}

/** Consumes a row; false when somebody else has, or it is gone: of many at once exactly one is told true. */
export async function consumeArtifact(sql: Queryable, model: string, id: string, now: Date): Promise<boolean> {
  const consumed = await sql`
    update oauth_artifacts set consumed_at = ${now}
    where model = ${model} and id_hash = ${artifactHash(id)} and consumed_at is null returning 1`
  return consumed.length === 1
}

/** Deletes a row; false when there was none. */
export async function dropArtifact(sql: Queryable, model: string, id: string): Promise<boolean> {
  const dropped = await sql`
    delete from oauth_artifacts where model = ${model} and id_hash = ${artifactHash(id)} returning 1`
  return dropped.length === 1
}

/** Deletes the codes and tokens of a grant of one model. */
export async function dropOfGrant(sql: Queryable, model: string, grant_id: string): Promise<void> {
  await sql`delete from oauth_artifacts where grant_id = ${grant_id} and model = ${model}`
}

/** Signs a user's browsers out of the authorization server: who comes back signs in anew. */
export async function dropBrowsersOf(sql: Queryable, user_id: string): Promise<void> {
  await sql`delete from oauth_artifacts where model = 'Session' and user_hash = ${artifactHash(user_id)}`
}

/** Spends an id in its namespace; false when it was spent before. One statement, so that of many at once exactly one is told true. */
export async function spend(
  sql: Queryable,
  { namespace, jti, expires_at }: { namespace: string; jti: string; expires_at: Date },
): Promise<boolean> {
  const inserted = await sql`
    insert into oauth_spent (namespace, jti_hash, expires_at) values (${namespace}, ${artifactHash(jti)}, ${expires_at})
    on conflict do nothing returning 1`
  return inserted.length === 1
}
