import { setLedgerAccountOverdraft as contract } from '#contracts/api/ledger.ts'
import { implement } from '../../config.ts'
import { decideOverdraft } from '../../domain/limits.ts'
import { refuseBelowZero } from '../../problems.ts'
import { accountReply, lockAccount } from '../../store/accounts.ts'

/** Sets how far an account may go below zero. It waits for the batch that holds the account, so what is answered is in force. */
export const setLedgerAccountOverdraft = implement(contract, {
  async run({ params, body }, { tx, clock, own, changed }) {
    const id = params.ledger_account_id
    const { overdraft_limit_cents } = body
    refuseBelowZero({ overdraft_limit_cents })
    const account = await lockAccount(tx, id)
    const decided = decideOverdraft(account, body)
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    if (decided === null) return accountReply(account, time)
    await tx`
      update ledger_accounts set overdraft_limit_cents = ${overdraft_limit_cents}, floor_version = ${decided.floor_version}
      where ledger_account_id = ${id}`
    changed({ before: { overdraft_limit_cents: account.overdraft_limit_cents }, after: { overdraft_limit_cents } })
    return accountReply({ ...account, ...decided }, time)
  },
})
