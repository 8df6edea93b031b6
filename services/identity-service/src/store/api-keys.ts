import type { listApiKeys } from '#contracts/api/identity-api-keys.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { newApiKeySecret, prefixOf } from '../api-key-secret.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import type { ApiKeyRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

type Reply = ReplyOf<typeof listApiKeys>['items'][number]

/** Keys with their sessions: what every reader begins with. A session whose time is over may not be marked so yet. */
export function apiKeys(sql: Queryable, now: Date) {
  return sql`
    select k.key_id, k.session_id, k.user_id, k.customer_id, k.name_encrypted, k.scopes, k.account_ids::text[] as account_ids,
      k.networks::text[] as networks, k.max_amount_cents, k.max_day_cents, k.created_at, k.last_used_at, s.expires_at,
      case when s.status = 'ACTIVE' and s.expires_at <= ${now} then 'EXPIRED' else s.status end as status,
      (select max(o.expires_at) from api_key_secrets o where o.key_id = k.key_id and o.expires_at > ${now}) as old_secret_until
    from api_keys k join sessions s using (session_id)`
}

/** A key of a user, locked until the transaction ends, or API_KEY_NOT_FOUND. */
export async function lockApiKey(
  { tx, clock, caller }: Pick<WriteContext<Own>, 'tx' | 'clock' | 'caller'>,
  key_id: string,
): Promise<ApiKeyRow> {
  await tx`select 1 from api_keys where key_id = ${key_id} and user_id = ${caller.sub} for update`
  const [row] = await tx<ApiKeyRow[]>`
    ${apiKeys(tx, clock.wall.now())} where k.key_id = ${key_id} and k.user_id = ${caller.sub}`
  if (row === undefined) throw new Problem(problems.API_KEY_NOT_FOUND)
  return row
}

/** Gives a key its present secret, of which the hash is kept. There is none else, or the one before has an end. */
export async function giveSecret({ tx, own, clock }: Pick<WriteContext<Own>, 'tx' | 'own' | 'clock'>, key_id: string) {
  const secret = newApiKeySecret(key_id)
  await tx`
    insert into api_key_secrets (secret_hash, key_id, created_at)
    values (${own.vault.apiKeyHash(secret)}, ${key_id}, ${clock.wall.now()})`
  return secret
}

/** Where the name of a key belongs, as a part of its seal. */
export function namePlace(key_id: string): string {
  return `api_keys.name/${key_id}`
}

/** A key as its customer sees it. */
export function apiKeyReply(vault: Vault, row: ApiKeyRow): Reply {
  const { key_id, scopes, account_ids, networks, max_amount_cents, max_day_cents, status } = row
  return {
    ...{ key_id, scopes, account_ids, networks, max_amount_cents, max_day_cents, status },
    name: vault.fields.open(row.name_encrypted, namePlace(key_id)),
    prefix: prefixOf(key_id),
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    old_secret_until: row.old_secret_until?.toISOString() ?? null,
  }
}
