import { setGlMapping as contract } from '#contracts/api/ledger-chart.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { requireMappable } from '../../domain/chart.ts'
import { problems } from '../../problems.ts'
import { readBankClock, shareBusinessDay } from '../../store/bank-clock.ts'
import { findGlAccount, glMappingReply } from '../../store/gl-accounts.ts'
import type { GlMappingRow } from '../../tables.ts'

/** Says which line a role stands for from a business date on. Rows are only added; the day cannot end meanwhile, so nothing booked changes. */
export const setGlMapping = implement(contract, {
  async run({ body }, { tx, clock, caller, changed }) {
    const { business_event, product = '*', role, gl_code } = body
    await shareBusinessDay(tx)
    const { business_date } = await readBankClock(tx)
    const line = await findGlAccount(tx, gl_code)
    if (line === undefined)
      throw new Problem(problems.GL_ACCOUNT_NOT_FOUND, { detail: `The chart has no line ${gl_code}` })
    const valid_from = body.valid_from ?? business_date
    requireMappable(line, { business_event, product, role, valid_from, business_date })
    const [before] = await tx<GlMappingRow[]>`
      select * from gl_mappings
      where business_event = ${business_event} and role = ${role} and product = ${product} and valid_from <= ${valid_from}
      order by valid_from desc, mapping_no desc limit 1`
    const [row] = await tx<GlMappingRow[]>`
      insert into gl_mappings (business_event, product, role, gl_code, valid_from, set_at, set_by)
      values (${business_event}, ${product}, ${role}, ${gl_code}, ${valid_from}, ${clock.bank.now()}, ${caller.sub})
      returning *`
    const after = glMappingReply(row as GlMappingRow)
    changed({ before: before === undefined ? null : glMappingReply(before), after })
    return after
  },
})
