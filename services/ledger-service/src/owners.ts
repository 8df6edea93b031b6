import { resolveAccounts } from '#contracts/api/account.ts'
import { STAFF } from '#contracts/api/ledger.ts'
import { isWithinGrant } from '#contracts/grants.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { OwnerLookup, ReadContext } from '#libs/http/implement.ts'
import type { Own } from './config.ts'
import { placeOf } from './domain/entry-id.ts'
import { findTransactions } from './store/journal.ts'
import { findTransactionOfEntry } from './store/seals/sealed-transactions.ts'
import type { JournalRow } from './tables.ts'

/** Whose a ledger account or a transaction is: account-service knows, and is asked each time, so that no answer is out of date. */
export const owners: Readonly<Record<string, OwnerLookup<Own>>> = {
  ledger_account_id: (id, caller, capability, context) => ownsOneOf([id], caller, capability, context),

  /** A customer sees a transaction that touches one of the customer's accounts; the customer's own id as a user stands for all of them. */
  ledger_transaction_id: async (id, caller, capability, context) => {
    const [row] = await findTransactions(context.sql, [id])
    if (row === undefined) return caller.grant === null && id === caller.sub
    return ownsOneOf(accountsTouchedBy(row), caller, capability, context)
  },

  entry_id: async (id, caller, capability, context) => {
    const account = await accountOfEntry(id, context)
    return account !== undefined && ownsOneOf([account], caller, capability, context)
  },
}

/** The accounts on either side of a transaction's postings, each once. */
export function accountsTouchedBy(row: Pick<JournalRow, 'debit_account_ids' | 'credit_account_ids'>): string[] {
  return [...new Set([...row.debit_account_ids, ...row.credit_account_ids])]
}

/** The account of an entry: a customer sees the entries of the customer's own accounts. */
async function accountOfEntry(entry_id: string, { sql }: ReadContext<Own>): Promise<string | undefined> {
  const transaction = await findTransactionOfEntry(sql, entry_id)
  const index = placeOf(entry_id).ordinal - 1
  const ids = index % 2 === 0 ? transaction?.debit_account_ids : transaction?.credit_account_ids
  return ids?.[index >> 1]
}

const staff: ReadonlySet<string> = new Set(STAFF)

/** True for staff and services, who see the books whole; a customer sees his own side. */
export function seesAllSides({ kind, roles }: Caller): boolean {
  return kind === 'service' || (kind === 'user' && roles.some((role) => staff.has(role)))
}

async function ownsOneOf(
  account_ids: string[],
  caller: Caller,
  capability: Capability,
  context: Pick<ReadContext<Own>, 'call'>,
): Promise<boolean> {
  const granted = account_ids.filter((account_id) => isWithinGrant(caller, account_id))
  return granted.length > 0 && (await ownedAmong(granted, caller.customer_id, capability, context)).size > 0
}

/** Those of some accounts on which a customer has a capability. */
export async function ownedAmong(
  account_ids: string[],
  customer_id: string | null,
  capability: Capability,
  { call }: Pick<ReadContext<Own>, 'call'>,
): Promise<Set<string>> {
  const { items } = await call(resolveAccounts, { body: { account_ids, account_numbers: [] } })
  const owned = items.filter((account) =>
    account.owners.some((owner) => owner.customer_id === customer_id && owner.capabilities.includes(capability)),
  )
  return new Set(owned.map((account) => account.account_id))
}

type Capability = 'view' | 'debit' | 'manage'
