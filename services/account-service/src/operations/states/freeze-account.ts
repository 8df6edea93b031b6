import { freezeAccount as contract } from '#contracts/api/account.ts'
import { implement } from '../../config.ts'
import { accountOf } from '../../store/accounts.ts'
import { recordTold, type StateWish, tellLedger } from '../../store/state-commands.ts'

const wishOf = (input: { params: { account_id: string }; body: { reason: string } }): StateWish => ({
  command: 'FREEZE',
  account_id: input.params.account_id,
  reason: input.body.reason,
})

export const freezeAccount = implement(contract, {
  /** Nothing may leave the account from here on: the ledger is the authority, and blocking twice is the same as once. */
  ask: (input, context) => tellLedger(wishOf(input), context),

  /** Stops all debits from an account; credits still arrive. Freezing a frozen account changes nothing and answers the same. */
  async run(input, { tx, clock, caller, changed }, told) {
    const account = accountOf(await recordTold(tx, wishOf(input), told, caller, clock.wall.now()))
    if (told !== undefined) changed({ before: { status: told.status_before }, after: { status: account.status } })
    return account
  },
})
