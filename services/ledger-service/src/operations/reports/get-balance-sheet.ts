import { getBalanceSheet as contract } from '#contracts/api/ledger-reports.ts'
import { implementRead } from '../../config.ts'
import { balanceSheet, byCurrency, END_OF_TIME } from '../../domain/reports.ts'
import { journalCut } from '../../store/reports/cuts.ts'
import { lineTotalsAsOf } from '../../store/reports/gl-as-of.ts'

/** What the bank has, owes and is worth. */
export const getBalanceSheet = implementRead(contract, {
  async read({ query: { currency, as_of, known_at } }, { sql }) {
    const cut = await journalCut(sql, known_at)
    const totals = await lineTotalsAsOf(sql, cut, as_of ?? END_OF_TIME)
    const currencies = byCurrency(totals, currency).map(([code, lines]) => balanceSheet(code, lines))
    return { as_of: as_of ?? null, known_at: cut.known_at, seal_no: cut.seal_no, currencies }
  },
})
