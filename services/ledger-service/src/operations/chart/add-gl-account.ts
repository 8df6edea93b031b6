import { addGlAccount as contract } from '#contracts/api/ledger-chart.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideLine } from '../../domain/chart.ts'
import { problems } from '../../problems.ts'
import { findGlAccount, glAccountReply } from '../../store/gl-accounts.ts'
import type { GlAccountRow } from '../../tables.ts'

/** Adds a line to the chart. The same line again is answered as it is; one with other terms is refused. */
export const addGlAccount = implement(contract, {
  async run({ body }, { tx, changed }) {
    const parent = body.parent_code === undefined ? null : await findGlAccount(tx, body.parent_code)
    const line = decideLine(body, parent)
    const [added] = await tx<GlAccountRow[]>`
      insert into gl_accounts (gl_code, name, account_type, normal_side, kind, parent_code)
      values (${line.gl_code}, ${line.name}, ${line.account_type}, ${line.normal_side}, ${line.kind}, ${line.parent_code})
      on conflict (gl_code) do nothing returning *`
    if (added !== undefined) {
      changed({ before: null, after: glAccountReply(added) })
      return glAccountReply(added)
    }
    const known = await findGlAccount(tx, body.gl_code)
    invariant(known !== undefined, 'a line that could not be inserted is there')
    const isSame = (['name', 'account_type', 'normal_side', 'kind', 'parent_code'] as const).every(
      (field) => known[field] === line[field],
    )
    if (!isSame)
      throw new Problem(problems.GL_ACCOUNT_DIFFERS, { detail: `The chart has ${body.gl_code} with other terms` })
    return glAccountReply(known)
  },
})
