import { getAccountInterest as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { findAccount } from '../../store/accounts.ts'
import { lastMonth } from '../../store/interest.ts'
import type { InterestPostingRow } from '../../tables.ts'

/** Ten years of months. */
const PAYMENTS_SHOWN = 120

/** What an account earns: the rate, what has accrued and is not paid yet, and what was paid, newest first. */
export const getAccountInterest = implementRead(contract, {
  async read({ params }, { sql }) {
    const { account_id, currency, product_id } = await findAccount(sql, params.account_id)
    const [product] = await sql<{ rate_ppm: number }[]>`
      select interest_rate_ppm as rate_ppm from products where product_id = ${product_id}`
    const month = await lastMonth(sql, account_id)
    const accrued_cents = month === undefined ? 0n : month.accrued_cents - month.paid_cents
    const isOpen = month !== undefined && (accrued_cents > 0n || month.paid_cents === 0n)
    const payments = await sql<InterestPostingRow[]>`
      select * from interest_postings where kind = 'PAYMENT' and account_id = ${account_id}
      order by business_date desc limit ${PAYMENTS_SHOWN}`
    return {
      account_id,
      currency,
      rate_ppm: product?.rate_ppm ?? 0,
      accrued_cents,
      accrued_from: isOpen ? month.accrued_from : null,
      accrued_to: isOpen ? month.accrued_to : null,
      paid: payments.map(({ business_date, amount_cents, ledger_transaction_id }) => ({
        period: business_date.slice(0, 7),
        amount_cents,
        ledger_transaction_id,
      })),
    }
  },
})
