import { getAggregates as contract } from '#contracts/api/ledger-reports.ts'
import { implementRead } from '../../config.ts'
import { checkRange } from '../../domain/reports.ts'
import { journalCut } from '../../store/reports/cuts.ts'
import { sumsByMetadata } from '../../store/reports/metadata-sums.ts'

/** What was booked over business days, by the values of a metadata key. */
export const getAggregates = implementRead(contract, {
  async read({ query: { key, value, from, to, known_at } }, { sql }) {
    checkRange({ from, to })
    const cut = await journalCut(sql, known_at)
    const items = await sumsByMetadata(sql, cut, { key, value, from, to })
    return { key, from, to, known_at: cut.known_at, seal_no: cut.seal_no, items }
  },
})
