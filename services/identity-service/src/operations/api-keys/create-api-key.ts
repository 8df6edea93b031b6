import { listAccountsOfUser, resolveAccounts } from '#contracts/api/account.ts'
import { createApiKey as contract } from '#contracts/api/identity-api-keys.ts'
import type { Caller, Client } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { decideKeyLimits, keyEnd, MAX_KEYS } from '../../domain/api-keys.ts'
import { decideNetworks } from '../../networks.ts'
import { problems } from '../../problems.ts'
import { apiKeyReply, apiKeys, giveSecret, namePlace } from '../../store/api-keys.ts'
import { checkStrength, requireStrength } from '../../store/own-strength.ts'
import { lockUser } from '../../store/users.ts'
import type { ApiKeyRow } from '../../tables.ts'

type Body = InputOf<typeof contract>['body']

/** Accounts of a customer that are looked through for one of business. */
const LOOKED_THROUGH = 200
const DAYS = 90

/**
 * Makes a key. Behind it is a session like any other, so that it is listed, revoked and ended with the rest; what it may is less than its
 * customer may, and written down with it.
 */
export const createApiKey = implement(contract, {
  async ask(input, context) {
    const { caller, call, callMany } = context
    // What is wrong with the wish is said before anybody is asked for anything.
    decideKeyLimits(input.body.scopes, input.body)
    decideNetworks(input.body.networks)
    await requireBusiness(input.body, caller, { call, callMany })
    return checkStrength(input, context)
  },

  async run(input, context, strength) {
    const { tx, own, clock, caller, changed } = context
    await requireStrength(contract, input, context, strength)
    const now = clock.wall.now()
    const user = await lockUser(tx, caller.sub)
    if (user?.is_active !== true || caller.customer_id === null) throw new Problem(problems.BUSINESS_ONLY)
    const [{ standing } = { standing: 0 }] = await tx<{ standing: number }[]>`
      select count(*)::int as standing from api_keys k join sessions s using (session_id)
      where k.user_id = ${user.user_id} and s.status = 'ACTIVE' and s.expires_at > ${now}`
    if (standing >= MAX_KEYS) throw new Problem(problems.TOO_MANY_KEYS)
    const key_id = await insertKey(context, input.body, { user_id: user.user_id, customer_id: caller.customer_id })
    const secret = await giveSecret(context, key_id)
    const [row] = await tx<ApiKeyRow[]>`${apiKeys(tx, now)} where k.key_id = ${key_id}`
    const key = apiKeyReply(own.vault, row as ApiKeyRow)
    changed({ before: null, after: key })
    return { key, secret }
  },
})

/**
 * BUSINESS_ONLY unless the caller's customer manages an active business account. KEY_ACCOUNT_NOT_FOUND with the place of the first account that he
 * may not use the way the key would.
 */
async function requireBusiness({ account_ids = [], scopes }: Body, caller: Caller, { call }: Client): Promise<void> {
  const { sub, customer_id } = caller
  if (sub === null || customer_id === null) throw new Problem(problems.BUSINESS_ONLY)
  const query = { limit: LOOKED_THROUGH, status: 'ACTIVE' as const }
  const { items: own } = await call(listAccountsOfUser, { params: { user_id: sub }, query }, { acting: caller })
  const business = own.flatMap((one) => (one.account_type === 'BUSINESS' ? [one.account_id] : []))
  const asked = [...new Set([...business, ...account_ids.map((id) => id.toLowerCase())])]
  const { items } = await call(resolveAccounts, { body: { account_ids: asked, account_numbers: [] } })
  const may = (account_id: string, capability: 'view' | 'debit' | 'manage'): boolean =>
    items.some(
      (one) =>
        one.account_id === account_id &&
        one.owners.some((owner) => owner.customer_id === customer_id && owner.capabilities.includes(capability)),
    )
  if (!business.some((account_id) => may(account_id, 'manage'))) throw new Problem(problems.BUSINESS_ONLY)
  const needed = scopes.includes('payments') ? 'debit' : 'view'
  for (const [i, account_id] of account_ids.entries())
    if (!may(account_id.toLowerCase(), needed))
      throw new Problem(problems.KEY_ACCOUNT_NOT_FOUND, {
        errors: [{ pointer: `/account_ids/${i}`, detail: `is none that you may ${needed}` }],
      })
}

async function insertKey(
  { tx, own, clock, mintId }: WriteContext<Own>,
  { name, scopes, account_ids, networks, expires_in_days = DAYS, ...limits }: Body,
  { user_id, customer_id }: { user_id: string; customer_id: string },
): Promise<string> {
  const now = clock.wall.now()
  const [key_id, session_id] = [mintId(), mintId()]
  const expires_at = keyEnd(now, expires_in_days)
  await tx`
    insert into sessions (session_id, user_id, status, scopes, amr, authenticated_at, created_at, last_accessed_at, expires_at, ends_at)
    values (${session_id}, ${user_id}, 'ACTIVE', ${scopes}::text[], '{api_key}', ${now}, ${now}, ${now}, ${expires_at}, ${expires_at})`
  const { max_amount_cents, max_day_cents } = decideKeyLimits(scopes, limits)
  await tx`
    insert into api_keys (key_id, session_id, user_id, customer_id, name_encrypted, scopes, account_ids, networks, max_amount_cents,
      max_day_cents, created_at)
    values (${key_id}, ${session_id}, ${user_id}, ${customer_id}, ${own.vault.fields.seal(name, namePlace(key_id))}, ${scopes}::text[],
      ${account_ids ?? null}::uuid[], (select array_agg(network(one::inet)) from unnest(${decideNetworks(networks)}::text[]) as one),
      ${max_amount_cents}, ${max_day_cents}, ${now})`
  return key_id
}
