import { getGeneralLedger as contract } from '#contracts/api/ledger-reports.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { balanceOf, checkRange } from '../../domain/reports.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import { accountIdOf } from '../../own-accounts.ts'
import { problems } from '../../problems.ts'
import { findLine } from '../../store/reports/chart-lines.ts'
import { journalCut } from '../../store/reports/cuts.ts'
import { lineTotalsAsOf, lineTotalsBooked } from '../../store/reports/gl-as-of.ts'
import { movedDays } from '../../store/reports/gl-detail.ts'

/** A line of the chart day by day, from what it had before to what it had then. */
export const getGeneralLedger = implementRead(contract, {
  async read({ query: { gl_code, currency, from, to, basis = 'booking', known_at } }, { sql }) {
    checkRange({ from, to })
    const own_id = accountIdOf(gl_code, currency)
    const [cut, line] = await Promise.all([journalCut(sql, known_at), findLine(sql, { gl_code, own_id })])
    if (line === undefined)
      throw new Problem(problems.GL_LINE_NOT_FOUND, { detail: `The chart has no line ${gl_code}` })
    const [totals, moved] = await Promise.all([
      (basis === 'value' ? lineTotalsAsOf : lineTotalsBooked)(sql, cut, dayFrom(from, -1)),
      movedDays(sql, cut, { gl_code, currency, from, to }, basis),
    ])
    const before = totals.find((one) => one.gl_code === gl_code && one.currency === currency)
    const opening = before === undefined ? 0n : balanceOf(before)
    let balance = opening
    const days = moved.map(({ date, debits, credits, entries }) => {
      balance += balanceOf({ normal_side: line.normal_side, debits, credits })
      return { date, debits: String(debits), credits: String(credits), entries, balance: String(balance) }
    })
    return {
      ...line,
      gl_code,
      currency,
      from,
      to,
      basis,
      known_at: cut.known_at,
      seal_no: cut.seal_no,
      opening_balance: String(opening),
      closing_balance: String(balance),
      days,
    }
  },
})
