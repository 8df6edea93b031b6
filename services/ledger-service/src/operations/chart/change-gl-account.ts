import { changeGlAccount as contract } from '#contracts/api/ledger-chart.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { glAccountReply } from '../../store/gl-accounts.ts'
import type { GlAccountRow } from '../../tables.ts'

/**
 * Renames a line, or says whether it is booked on. The bank's own accounts of it are renamed, frozen and opened with it, under their locks; those
 * of customers have states of their own, so a line of many accounts only stops opening new ones.
 */
export const changeGlAccount = implement(contract, {
  async run({ params: { gl_code }, body }, { tx, changed }) {
    const [before] = await tx<GlAccountRow[]>`select * from gl_accounts where gl_code = ${gl_code} for no key update`
    if (before === undefined) throw new Problem(problems.GL_ACCOUNT_NOT_FOUND)
    const { name = before.name, is_active = before.is_active } = body
    if (name === before.name && is_active === before.is_active) return glAccountReply(before)
    const after: GlAccountRow = { ...before, name, is_active }
    await tx`update gl_accounts set name = ${name}, is_active = ${is_active} where gl_code = ${gl_code}`
    if (before.kind === 'OWN')
      await tx`
        update ledger_accounts a set name = ${name}, state = ${is_active ? 'OPEN' : 'FROZEN'}
        from (select ledger_account_id from ledger_accounts where gl_code = ${gl_code} order by ledger_account_id for no key update) own
        where a.ledger_account_id = own.ledger_account_id`
    changed({ before: glAccountReply(before), after: glAccountReply(after) })
    return glAccountReply(after)
  },
})
