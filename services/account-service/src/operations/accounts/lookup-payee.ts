import { lookupPayee as contract } from '#contracts/api/account.ts'
import { resolveCustomers } from '#contracts/api/customer.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { readAccountNumber } from '../../domain/account-number.ts'
import { maskedName } from '../../domain/masked-name.ts'
import { problems } from '../../problems.ts'
import type { AccountRow } from '../../tables.ts'

/** Whose an account number is, masked. A mistyped number is told apart from one that nobody has: nothing is looked up for it. */
export const lookupPayee = implementRead(contract, {
  async read({ query }, { sql, call }) {
    const account_number = readAccountNumber(query.account_number)
    if (account_number === undefined) throw new Problem(problems.ACCOUNT_NUMBER_WRONG)
    const [account] = await sql<AccountRow[]>`select * from accounts where account_number = ${account_number}`
    if (account === undefined || account.status === 'CLOSED') throw new Problem(problems.PAYEE_NOT_FOUND)
    const { items } = await call(resolveCustomers, { body: { customer_ids: [account.customer_id] } })
    const name = `${items[0]?.first_name ?? ''} ${items[0]?.last_name ?? ''}`
    const can_receive = account.status !== 'PENDING'
    return { account_number, masked_name: maskedName(name), currency: account.currency, can_receive }
  },
})
