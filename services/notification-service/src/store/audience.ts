import { resolveAccounts } from '#contracts/api/account.ts'
import { resolveUsers } from '#contracts/api/identity.ts'
import type { Client } from '#libs/contract/client.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { Own } from '../config.ts'
import type { Audience } from '../domain/notices.ts'

/** What one question to another service may name. */
const MAX_ASKED = 1_000
const UNKNOWN_LAST4 = '····'

/** What was asked because it was not known here, to be remembered in the transaction. */
export interface Learned {
  accounts: { account_id: string; account_number_last4: string }[]
  owners: { account_id: string; customer_id: string; capability: string }[]
  recipients: { customer_id: string; user_id: string }[]
}

type Asking = Pick<Client, 'call'> & { own: Pick<Own, 'database'> }

/** Who is behind accounts and customers: as events told, and where they did not, as account-service and identity say now. */
export async function resolveAudience(
  asked: { account_ids: readonly string[]; customer_ids: readonly string[] },
  context: Asking,
): Promise<{ audience: Audience; learned: Learned }> {
  const sql = context.own.database.app
  const account_ids = [...new Set(asked.account_ids)]
  const known = await knownAccounts(sql, account_ids)
  const missing = account_ids.filter((id) => !known.last4.has(id))
  const learned: Learned = { accounts: [], owners: [], recipients: [] }
  await askAccounts(missing, context, learned)
  for (const { account_id, account_number_last4 } of learned.accounts) known.last4.set(account_id, account_number_last4)
  for (const { account_id, customer_id, capability } of learned.owners)
    if (capability.split(',').includes('view')) known.owners.push({ account_id, customer_id })
  const customer_ids = [...new Set([...asked.customer_ids, ...known.owners.map((owner) => owner.customer_id)])]
  const users = await knownUsers(sql, customer_ids)
  await askUsers(
    customer_ids.filter((id) => !users.has(id)),
    context,
    learned,
  )
  for (const { customer_id, user_id } of learned.recipients) users.set(customer_id, user_id)
  return { audience: audienceOf(known, users), learned }
}

function audienceOf(known: Known, users: ReadonlyMap<string, string>): Audience {
  const byAccount = Map.groupBy(known.owners, (owner) => owner.account_id)
  return {
    usersOf: (account_id) => {
      const owners = account_id === null ? [] : (byAccount.get(account_id) ?? [])
      return [...new Set(owners.flatMap(({ customer_id }) => users.get(customer_id) ?? []))]
    },
    last4: (account_id) => (account_id === null ? undefined : known.last4.get(account_id)) ?? UNKNOWN_LAST4,
    userOf: (customer_id) => users.get(customer_id),
  }
}

interface Known {
  last4: Map<string, string>
  owners: { account_id: string; customer_id: string }[]
}

async function knownAccounts(sql: Queryable, account_ids: readonly string[]): Promise<Known> {
  if (account_ids.length === 0) return { last4: new Map(), owners: [] }
  const accounts = await sql<{ account_id: string; account_number_last4: string }[]>`
    select account_id, account_number_last4 from known_accounts where account_id = any(${textArray(account_ids)}::uuid[])`
  const owners = await sql<{ account_id: string; customer_id: string }[]>`
    select account_id, customer_id from account_owners
    where account_id = any(${textArray(accounts.map((account) => account.account_id))}::uuid[]) and 'view' = any(capabilities)`
  return { last4: new Map(accounts.map((row) => [row.account_id, row.account_number_last4])), owners: [...owners] }
}

async function knownUsers(sql: Queryable, customer_ids: readonly string[]): Promise<Map<string, string>> {
  if (customer_ids.length === 0) return new Map()
  const rows = await sql<{ customer_id: string; user_id: string }[]>`
    select customer_id, user_id from recipients where customer_id = any(${textArray(customer_ids)}::uuid[])`
  return new Map(rows.map((row) => [row.customer_id, row.user_id]))
}

async function askAccounts(ids: readonly string[], { call }: Asking, learned: Learned): Promise<void> {
  for (let from = 0; from < ids.length; from += MAX_ASKED) {
    const body = { account_ids: ids.slice(from, from + MAX_ASKED), account_numbers: [] }
    for (const { account_id, account_number, owners } of (await call(resolveAccounts, { body })).items) {
      learned.accounts.push({ account_id, account_number_last4: account_number.slice(-4) })
      for (const { customer_id, capabilities } of owners)
        learned.owners.push({ account_id, customer_id, capability: capabilities.join(',') })
    }
  }
}

async function askUsers(ids: readonly string[], { call }: Asking, learned: Learned): Promise<void> {
  for (let from = 0; from < ids.length; from += MAX_ASKED) {
    const body = { user_ids: [], customer_ids: ids.slice(from, from + MAX_ASKED) }
    for (const { user_id, customer_id } of (await call(resolveUsers, { body })).items)
      if (customer_id !== null) learned.recipients.push({ customer_id, user_id })
  }
}

/** Remembers what was asked; what an event told meanwhile is newer and stays. */
export async function rememberLearned(tx: Tx, { accounts, owners, recipients }: Learned): Promise<void> {
  if (recipients.length > 0) await recordRecipients(tx, recipients)
  if (accounts.length === 0) return
  const fresh = await recordAccounts(tx, accounts)
  await recordOwners(
    tx,
    owners.filter((owner) => fresh.has(owner.account_id)),
  )
}

/** Records the ends of accounts' numbers; answers those that were not known before. */
export async function recordAccounts(
  tx: Tx,
  accounts: readonly { account_id: string; account_number_last4: string }[],
): Promise<Set<string>> {
  const rows = await tx<{ account_id: string }[]>`
    insert into known_accounts (account_id, account_number_last4)
    select distinct on (account_id) account_id, last4
    from unnest(${textArray(accounts.map((one) => one.account_id))}::uuid[],
      ${textArray(accounts.map((one) => one.account_number_last4))}::text[]) as account (account_id, last4)
    on conflict do nothing returning account_id`
  return new Set(rows.map((row) => row.account_id))
}

/** Records what owners may do, `capability` being the names joined by commas; of two about the same owner the later one stands. */
export async function recordOwners(
  tx: Tx,
  owners: readonly { account_id: string; customer_id: string; capability: string }[],
): Promise<void> {
  const latest = [...new Map(owners.map((owner) => [`${owner.account_id} ${owner.customer_id}`, owner])).values()]
  if (latest.length === 0) return
  await tx`
    insert into account_owners (account_id, customer_id, capabilities)
    select account_id, customer_id, string_to_array(capability, ',')
    from unnest(${textArray(latest.map((owner) => owner.account_id))}::uuid[], ${textArray(latest.map((owner) => owner.customer_id))}::uuid[],
      ${textArray(latest.map((owner) => owner.capability))}::text[]) as owner (account_id, customer_id, capability)
    on conflict (account_id, customer_id) do update set capabilities = excluded.capabilities`
}

/** Records who signs in for customers; the later one stands. */
export async function recordRecipients(
  tx: Tx,
  recipients: readonly { customer_id: string; user_id: string }[],
): Promise<void> {
  const latest = [...new Map(recipients.map((one) => [one.customer_id, one])).values()]
  if (latest.length === 0) return
  await tx`
    insert into recipients (customer_id, user_id)
    select customer_id, user_id
    from unnest(${textArray(latest.map((one) => one.customer_id))}::uuid[], ${textArray(latest.map((one) => one.user_id))}::uuid[])
      as recipient (customer_id, user_id)
    on conflict (customer_id) do update set user_id = excluded.user_id`
}
