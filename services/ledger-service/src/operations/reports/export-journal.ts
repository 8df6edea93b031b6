import { exportJournal as contract } from '#contracts/api/ledger-reports.ts'
import { implementRead } from '../../config.ts'
import { beancount } from '../../documents/journal-beancount.ts'
import { csv } from '../../documents/journal-csv.ts'
import { hledger } from '../../documents/journal-hledger.ts'
import { checkRange } from '../../domain/reports.ts'
import { journalCut } from '../../store/reports/cuts.ts'
import { exportedJournal } from '../../store/reports/journal-export.ts'

const FORMATS = { csv, beancount, hledger } as const

/** The journal of business days as a file, read while it is taken. */
export const exportJournal = implementRead(contract, {
  async read({ query: { from, to, format = 'csv', known_at } }, { sql }) {
    checkRange({ from, to })
    const cut = await journalCut(sql, known_at)
    const days = { from, to, known_at: cut.known_at, seal_no: cut.seal_no }
    const { content_type, extension, head } = FORMATS[format]
    return {
      kind: 'file',
      content_type,
      filename: `journal-${from}-${to}.${extension}`,
      bytes: Buffer.from(head(days)),
      rest: exportedJournal(sql, cut, days, FORMATS[format]),
    }
  },
})
