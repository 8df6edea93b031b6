import { getAccountBalance, listAccountsOfUser, lookupPayee, resolveAccounts } from '#contracts/api/account.ts'
import type { PaymentInitiation } from '#contracts/grants.ts'
import type { Client } from '#libs/contract/client.ts'
import { Fault, Problem } from '#libs/problem/problem.ts'
import type { UserRow } from '../tables.ts'
import type { ChoosableAccount, KnownPayee } from './chosen.ts'

/** Accounts that are offered at most. */
const MOST = 50

/** The active accounts of a customer, his own and those he shares; with what can be spent where he is asked to pay. */
export async function accountsOf(
  { call }: Pick<Client, 'call'>,
  { user_id, customer_id }: Pick<UserRow, 'user_id' | 'customer_id'>,
  payment: PaymentInitiation | undefined,
): Promise<ChoosableAccount[]> {
  const query = { status: 'ACTIVE', limit: MOST } as const
  const { items } = await call(listAccountsOfUser, { params: { user_id }, query })
  const debited = payment === undefined ? new Set<string>() : await debitedBy(call, customer_id, items)
  return Promise.all(
    items.map(async ({ account_id, account_number, nickname, currency }) => {
      const may_pay = debited.has(account_id)
      const available_cents = may_pay && currency === payment?.currency ? await availableIn(call, account_id) : null
      return { account_id, account_number, nickname, currency, may_pay, available_cents }
    }),
  )
}

/** Those of the accounts that the customer may pay from: to share an account can be to look at it alone. */
async function debitedBy(
  call: Client['call'],
  customer_id: string | null,
  accounts: readonly { account_id: string }[],
): Promise<Set<string>> {
  const account_ids = accounts.map(({ account_id }) => account_id)
  const { items } = await call(resolveAccounts, { body: { account_ids, account_numbers: [] } })
  const may = items.filter(({ owners }) =>
    owners.some((owner) => owner.customer_id === customer_id && owner.capabilities.includes('debit')),
  )
  return new Set(may.map(({ account_id }) => account_id))
}

/** Not knowing a balance stops nobody from paying: the ledger decides. */
async function availableIn(call: Client['call'], account_id: string): Promise<bigint | null> {
  try {
    return (await call(getAccountBalance, { params: { account_id } })).available_balance_cents
  } catch (error) {
    if (error instanceof Problem || error instanceof Fault) return null
    throw error
  }
}

/** Whose account is to be paid to, masked; null where there is none that can be paid to in this currency. */
export async function payeeOf(
  { call }: Pick<Client, 'call'>,
  { destination_account_number: account_number, currency }: PaymentInitiation,
): Promise<KnownPayee | null> {
  try {
    const payee = await call(lookupPayee, { query: { account_number } })
    return payee.can_receive && payee.currency === currency ? { masked_name: payee.masked_name } : null
  } catch (error) {
    if (error instanceof Problem && error.kind.status < 500) return null
    throw error
  }
}
