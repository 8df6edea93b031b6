import { setLedgerAccountState as contract } from '#contracts/api/ledger.ts'
import { implement } from '../../config.ts'
import { decideState } from '../../domain/account.ts'
import { accountReply, lockAccount } from '../../store/accounts.ts'

/** Blocks, opens or closes an account. It waits for the batch that holds the account, so what is answered is in force. */
export const setLedgerAccountState = implement(contract, {
  async run({ params, body }, { tx, clock, own }) {
    const id = params.ledger_account_id
    const account = await lockAccount(tx, id)
    const decided = decideState(account, body)
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    if (decided === null) return accountReply(account, time)
    const { state, state_version } = decided
    await tx`update ledger_accounts set state = ${state}, state_version = ${state_version} where ledger_account_id = ${id}`
    return accountReply({ ...account, ...decided }, time)
  },
})
