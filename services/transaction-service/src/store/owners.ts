import { grantedAccounts, isWithinGrant } from '#contracts/grants.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { ReadContext } from '#libs/http/implement.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Capability } from '../account-directory.ts'
import type { Own } from '../config.ts'
import { isSeenByPayee } from '../seen-by.ts'
import type { TransactionRow } from '../tables.ts'
import { findTransaction } from './transactions.ts'

type Asking = Pick<ReadContext<Own>, 'sql' | 'own'>

/** For reads: what account-service told is believed; where it told nothing, it is asked, and only its no is one. */
export async function mayView(
  account_id: Id,
  caller: Caller,
  capability: Capability,
  context: Asking,
): Promise<boolean> {
  const { customer_id } = caller
  if (customer_id === null || !isWithinGrant(caller, account_id, 'transactions')) return false
  const known = await context.sql`
    select 1 from account_owners
    where account_id = ${account_id} and customer_id = ${customer_id} and ${capability} = any(capabilities)`
  return known.count > 0 || context.own.accounts.mayAct(account_id, customer_id, capability)
}

/**
 * For money: account-service itself is asked each time, so that a right taken away a moment ago is gone. What a third party may pay, and from
 * which account, its consent says exactly; a key pays from its own accounts.
 */
export async function mayMove(
  account_id: Id,
  caller: Caller,
  capability: Capability,
  context: Asking,
): Promise<boolean> {
  const { customer_id, grant } = caller
  if (grant?.kind === 'api_key' && !isWithinGrant(caller, account_id)) return false
  return customer_id !== null && context.own.accounts.mayAct(account_id, customer_id, capability)
}

/** A transaction is seen by who pays, and by who is paid once the money has come; to do something to it is the payer's, asked like all money. */
export async function mayTouchTransaction(
  transaction_id: Id,
  caller: Caller,
  capability: Capability,
  context: Asking,
): Promise<boolean> {
  const row = await findTransaction(context, transaction_id)
  if (row === undefined) return false
  const { source_account_id: source, destination_account_id: destination } = row
  if (capability !== 'view') return source !== null && mayMove(source, caller, capability, context)
  if (source !== null && (await mayView(source, caller, capability, context))) return true
  return destination !== null && isSeenByPayee(row) && mayView(destination, caller, capability, context)
}

/** True when the caller, as a customer, may do anything with one of the transaction's accounts. */
export async function isOwnerOfEither(row: TransactionRow, caller: Caller, own: Own): Promise<boolean> {
  const { customer_id } = caller
  if (customer_id === null) return false
  const accounts = [row.source_account_id, row.destination_account_id].filter((id) => id !== null)
  return (await Promise.all(accounts.map((id) => own.accounts.isOwner(id, customer_id)))).includes(true)
}

/** The accounts whose transactions a caller may look at: his customer's, as far as his grant goes. */
export async function accountsSeenBy(sql: Queryable, caller: Caller): Promise<Id[]> {
  const granted = grantedAccounts(caller, 'transactions')
  const own = await accountsOf(sql, caller.customer_id)
  return granted === null ? own : own.filter((account_id) => granted.has(account_id))
}

/** The accounts that a customer may look at, as account-service told. */
export async function accountsOf(sql: Queryable, customer_id: Id | null): Promise<Id[]> {
  if (customer_id === null) return []
  const rows = await sql<{ account_id: Id }[]>`
    select account_id from account_owners where customer_id = ${customer_id} and 'view' = any(capabilities) order by account_id`
  return rows.map((row) => row.account_id)
}

/** Records what owners may do, `capability` being the names joined by commas; of two about the same owner the later one stands. */
export async function recordOwners(
  tx: Tx,
  owners: readonly { account_id: Id; customer_id: Id; capability: string }[],
): Promise<void> {
  const latest = [...new Map(owners.map((owner) => [`${owner.account_id} ${owner.customer_id}`, owner])).values()]
  await tx`
    insert into account_owners (account_id, customer_id, capabilities)
    select account_id, customer_id, string_to_array(capability, ',')
    from unnest(${latest.map((owner) => owner.account_id)}::uuid[], ${latest.map((owner) => owner.customer_id)}::uuid[],
      ${latest.map((owner) => owner.capability)}::text[]) as owner (account_id, customer_id, capability)
    on conflict (account_id, customer_id) do update set capabilities = excluded.capabilities`
}

/** For a payee that somebody keeps: it is seen and changed by that customer alone. */
export async function mayTouchBeneficiary(
  beneficiary_id: Id,
  { customer_id }: Caller,
  _capability: Capability,
  { sql, own }: Asking,
): Promise<boolean> {
  if (customer_id === null) return false
  const isKept = async (from: Queryable): Promise<boolean> => {
    const rows = await from`
      select 1 from beneficiaries where beneficiary_id = ${beneficiary_id} and customer_id = ${customer_id}`
    return rows.count > 0
  }
  return (await isKept(sql)) || isKept(own.database.app)
}
