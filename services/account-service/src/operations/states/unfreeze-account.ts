import { unfreezeAccount as contract } from '#contracts/api/account.ts'
import { implement } from '../../config.ts'
import { accountOf } from '../../store/accounts.ts'
import { recordTold, type StateWish, tellLedger } from '../../store/state-commands.ts'

const wishOf = (input: { params: { account_id: string } }): StateWish => ({
  command: 'UNFREEZE',
  account_id: input.params.account_id,
  reason: null,
})

export const unfreezeAccount = implement(contract, {
  /** The ledger lets money leave again; should `run` not follow, the job records it. */
  ask: (input, context) => tellLedger(wishOf(input), context),

  /** Allows debits again. Unfreezing an account that is not frozen changes nothing and answers the same. */
  async run(input, { tx, clock, caller, changed }, told) {
    const account = accountOf(await recordTold(tx, wishOf(input), told, caller, clock.wall.now()))
    if (told !== undefined) changed({ before: { status: told.status_before }, after: { status: account.status } })
    return account
  },
})
