import { closeAccount as contract } from '#contracts/api/account.ts'
import { implement } from '../../config.ts'
import { accountOf } from '../../store/accounts.ts'
import { recordTold, type StateWish, tellLedger } from '../../store/state-commands.ts'

const wishOf = (input: { params: { account_id: string } }): StateWish => ({
  command: 'CLOSE',
  account_id: input.params.account_id,
  reason: null,
})

export const closeAccount = implement(contract, {
  /** The ledger closes for good, if balance and holds are zero. All that could refuse is decided before, and the command is on record. */
  ask: (input, context) => tellLedger(wishOf(input), context),

  /** Closes an account; its history stays. Closing a closed account answers the same. */
  async run(input, { tx, clock, caller, changed }, told) {
    const account = accountOf(await recordTold(tx, wishOf(input), told, caller, clock.wall.now()))
    if (told !== undefined) changed({ before: { status: told.status_before }, after: { status: account.status } })
    return account
  },
})
