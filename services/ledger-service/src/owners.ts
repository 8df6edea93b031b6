import { resolveAccounts } from '#contracts/api/account.ts'
import type { OwnerLookup, ReadContext } from '#libs/http/implement.ts'
import type { Own } from './config.ts'
import { placeOf } from './domain/entry-id.ts'
import { findTransactions } from './store/journal.ts'
import { findTransactionOfEntry } from './store/seals/sealed-transactions.ts'

/** Whose a ledger account or a transaction is: account-service knows, and is asked each time, so that no answer is out of date. */
export const owners: Readonly<Record<string, OwnerLookup<Own>>> = {
  ledger_account_id: (id, caller, capability, context) => ownsOneOf([id], caller.customer_id, capability, context),

  /** A customer sees a transaction that touches one of the customer's accounts; the customer's own id as a user stands for all of them. */
  ledger_transaction_id: async (id, caller, capability, context) => {
    const [row] = await findTransactions(context.sql, [id.toLowerCase()])
    if (row === undefined) return id.toLowerCase() === caller.sub
    const touched = [...new Set([...row.debit_account_ids, ...row.credit_account_ids])]
    return ownsOneOf(touched, caller.customer_id, capability, context)
  },

  entry_id: async (id, caller, capability, context) => {
    const account = await accountOfEntry(id, context)
    return account !== undefined && ownsOneOf([account], caller.customer_id, capability, context)
  },
}

/** The account of an entry: a customer sees the entries of the customer's own accounts. */
async function accountOfEntry(entry_id: string, { sql }: ReadContext<Own>): Promise<string | undefined> {
  const transaction = await findTransactionOfEntry(sql, entry_id.toLowerCase())
  const index = placeOf(entry_id).ordinal - 1
  const ids = index % 2 === 0 ? transaction?.debit_account_ids : transaction?.credit_account_ids
  return ids?.[index >> 1]
}

async function ownsOneOf(
  account_ids: string[],
  customer_id: string | null,
  capability: 'view' | 'debit' | 'manage',
  { call }: ReadContext<Own>,
): Promise<boolean> {
  const { items } = await call(resolveAccounts, { body: { account_ids, account_numbers: [] } })
  return items.some((account) =>
    account.owners.some((owner) => owner.customer_id === customer_id && owner.capabilities.includes(capability)),
  )
}
