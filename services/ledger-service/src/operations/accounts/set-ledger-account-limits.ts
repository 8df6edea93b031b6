import { setLedgerAccountLimits as contract } from '#contracts/api/ledger.ts'
import { implement } from '../../config.ts'
import { decideLimits } from '../../domain/limits.ts'
import { refuseBelowZero } from '../../problems.ts'
import { accountReply, lockAccount } from '../../store/accounts.ts'

/** Sets what may leave an account. It waits for the batch that holds the account, so what is answered is in force. */
export const setLedgerAccountLimits = implement(contract, {
  async run({ params, body }, { tx, clock, own }) {
    const id = params.ledger_account_id
    const { daily_limit_cents, monthly_limit_cents } = body
    refuseBelowZero({ daily_limit_cents, monthly_limit_cents })
    const account = await lockAccount(tx, id)
    const decided = decideLimits(account, body)
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    if (decided === null) return accountReply(account, time)
    await tx`
      update ledger_accounts set daily_limit_cents = ${decided.daily_limit_cents}, monthly_limit_cents = ${decided.monthly_limit_cents},
        limits_version = ${decided.limits_version}
      where ledger_account_id = ${id}`
    return accountReply({ ...account, ...decided }, time)
  },
})
