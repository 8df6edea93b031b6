import { accrueInterest as contract } from '#contracts/api/account.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import {
  accrue,
  earningAccounts,
  openPostings,
  PAGE_OF_ACCOUNTS,
  recordPayments,
  recordTold,
  tellPostings,
} from '../../store/interest-run.ts'

export const accrueInterest = implement(contract, {
  /** What accrues, and at a month's end what is paid, is written down before the ledger is told, under ids that it carries out once. */
  async ask({ body: { business_date, is_month_end, cursor } }, { own, clock, call, callMany }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(platformProblems.VALIDATION_FAILED)
    const { database } = own
    const client = { call, callMany }
    const at = clock.wall.now()
    const accounts = await earningAccounts(database.app, business_date, cursor ?? null)
    await accrue(accounts, business_date, { client, database, at })
    if (is_month_end) await database.transact((tx) => recordPayments(tx, accounts, { business_date, at }))
    const account_ids = accounts.map(({ account_id }) => account_id)
    const postings = await openPostings(database.app, business_date, account_ids)
    const told = await tellPostings(postings, client)
    for (const one of told)
      if ('refusal_code' in one) {
        const { account_id, business_date: paid_to } = one.posting
        const { refusal_code } = one
        own.log.error({ account_id, paid_to, refusal_code }, 'interest could not be paid and is tried again tomorrow')
      }
    const last = accounts.length < PAGE_OF_ACCOUNTS ? null : (account_ids.at(-1) ?? null)
    return { accounts, told, last }
  },

  /** Records what the ledger booked, and what it refused. */
  async run(_input, { tx }, { accounts, told, last }) {
    await recordTold(tx, told)
    const posted = told.filter((one) => one.posting.kind === 'PAYMENT' && 'ledger_transaction_id' in one).length
    return { accrued: accounts.length, posted, next_cursor: last }
  },
})
