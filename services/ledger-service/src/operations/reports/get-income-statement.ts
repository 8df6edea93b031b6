import { getIncomeStatement as contract } from '#contracts/api/ledger-reports.ts'
import { implementRead } from '../../config.ts'
import { between, byCurrency, checkRange, incomeStatement } from '../../domain/reports.ts'
import { dayFrom } from '../../domain/value-dates.ts'
import { closingTotals } from '../../store/reports/closing-entries.ts'
import { journalCut } from '../../store/reports/cuts.ts'
import { lineTotalsAsOf } from '../../store/reports/gl-as-of.ts'

/** Income and expense over value dates: what the totals at the end have more than those at the beginning, without what closed a year. */
export const getIncomeStatement = implementRead(contract, {
  async read({ query: { from, to, currency, known_at } }, { sql }) {
    checkRange({ from, to })
    const cut = await journalCut(sql, known_at)
    const [before, after, closings] = await Promise.all([
      lineTotalsAsOf(sql, cut, dayFrom(from, -1)),
      lineTotalsAsOf(sql, cut, to),
      closingTotals(sql, cut, { from, to }),
    ])
    const totals = between(closings, between(before, after))
    const currencies = byCurrency(totals, currency).map(([code, lines]) => incomeStatement(code, lines))
    return { from, to, known_at: cut.known_at, seal_no: cut.seal_no, currencies }
  },
})
