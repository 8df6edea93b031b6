import { setLedgerAccountState as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideState } from '../../domain/account.ts'
import { problems } from '../../problems.ts'
import { accountReply } from '../../store/accounts.ts'
import type { LedgerAccountRow } from '../../tables.ts'

/** Blocks, opens or closes an account. It waits for the batch that holds the account, so what is answered is in force. */
export const setLedgerAccountState = implement(contract, {
  async run({ params, body }, { tx, clock, own }) {
    const id = params.ledger_account_id
    const [account] = await tx<LedgerAccountRow[]>`
      select *, entry_count::float8 as entry_count from ledger_accounts where ledger_account_id = ${id} for no key update`
    if (account === undefined)
      throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND, { detail: `The ledger has no account ${id}` })
    const decided = decideState(account, body)
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    if (decided === null) return accountReply(account, time)
    const { state, state_version } = decided
    await tx`update ledger_accounts set state = ${state}, state_version = ${state_version} where ledger_account_id = ${id}`
    return accountReply({ ...account, ...decided }, time)
  },
})
