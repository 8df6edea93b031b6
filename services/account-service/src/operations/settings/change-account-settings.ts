import { changeAccountSettings as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { announceSettings, ledgerAccountOf, recordSettings, strikeOutLimits, tellLimits } from '../../store/settings.ts'

export const changeAccountSettings = implement(contract, {
  /** The ledger enforces the limits from its answer on. All that could refuse is decided before, and the command is on record. */
  async ask({ params, body }, { own, clock, caller, call, callMany }) {
    // Limits that are not sent stay as the ledger has them: so they are read after the version that they belong to.
    const { account_id, settings_version } = await findAccount(own.database.app, params.account_id)
    const present = await ledgerAccountOf(account_id, { call, callMany })
    const wish = { account_id, settings_version, wish: body, ledger: present }
    const announced = await own.database.transact((tx) => announceSettings(tx, wish, caller, clock.wall.now()))
    try {
      return { ...announced, ledger: await tellLimits(announced.command, { call, callMany }) }
    } catch (error) {
      // A refusal is an answer: nothing was changed there. After a fault nothing is known, so the command stays for the job.
      if (!(error instanceof Problem)) throw error
      await own.database.transact((tx) => strikeOutLimits(tx, announced.command))
      throw error.kind.code === 'LEDGER_ACCOUNT_CLOSED' ? new Problem(problems.ACCOUNT_CLOSED) : error
    }
  },

  /** Changes what was sent of the settings. */
  async run(_input, { tx, clock, changed }, { command, before, ledger }) {
    const settings = await recordSettings(tx, command, { ledger, at: clock.wall.now() })
    changed({ before: shownOf(before, command.changed_fields), after: shownOf(settings, command.changed_fields) })
    return settings
  },
})

function shownOf(settings: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)))
}
