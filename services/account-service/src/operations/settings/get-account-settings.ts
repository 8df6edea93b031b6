import { getAccountSettings as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { findAccount } from '../../store/accounts.ts'
import { ledgerAccountOf, settingsOf } from '../../store/settings.ts'

/** Limits as the ledger enforces them, with what they have let out so far, and the rest of the settings. */
export const getAccountSettings = implementRead(contract, {
  async read({ params }, { sql, call, callMany }) {
    const account = await findAccount(sql, params.account_id)
    return settingsOf(sql, account, await ledgerAccountOf(account.account_id, { call, callMany }))
  },
})
