import { openLedgerAccount as contract } from '#contracts/api/ledger.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems, refuseBelowZero, unknownCurrency } from '../../problems.ts'
import { accountReply, findAccount, insertAccount } from '../../store/accounts.ts'

/**
 * Opens the ledger account of a customer account. Opening it again answers the account as it is, its state and limits too; on other terms it
 * is refused. Orders to change state, limits or overdraft carry versions from 1 on: what it was opened with is version 0 of each, so that an
 * overdraft that was changed since is no other term.
 */
export const openLedgerAccount = implement(contract, {
  async run({ body }, { tx, clock, own }) {
    const {
      ledger_account_id,
      currency,
      overdraft_limit_cents,
      state = 'OPEN',
      daily_limit_cents = null,
      monthly_limit_cents = null,
    } = body
    if (!isCurrency(currency)) throw unknownCurrency()
    refuseBelowZero({ overdraft_limit_cents, daily_limit_cents, monthly_limit_cents })
    const now = clock.bank.now()
    const opened = await insertAccount(tx, body, {
      ledger_account_id,
      currency,
      overdraft_limit_cents,
      state,
      daily_limit_cents,
      monthly_limit_cents,
      created_at: now,
    })
    const account = opened ?? (await findAccount(tx, ledger_account_id))
    if (account === undefined)
      throw new Problem(problems.GL_ACCOUNT_NOT_FOUND, {
        detail: `The chart has no sub-ledger ${body.gl_code} to open accounts in`,
      })
    const isSame =
      account.gl_code === body.gl_code &&
      account.currency === currency &&
      (account.floor_version > 0 || account.overdraft_limit_cents === overdraft_limit_cents)
    if (!isSame)
      throw new Problem(problems.LEDGER_ACCOUNT_DIFFERS, {
        detail: `Account ${ledger_account_id} stands as ${account.gl_code} in ${account.currency} with an overdraft of ${account.overdraft_limit_cents} minor units`,
      })
    return accountReply(account, { now, business_date: own.known.business_date })
  },
})
