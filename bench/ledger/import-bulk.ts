import { serviceBearer } from '../http.ts'
import { accountService } from './import/account-service.ts'
import { openImport } from './import/days.ts'
import { type Lab, LEDGER, openLab } from './lab.ts'
import { measure } from './measure.ts'
import { checkMoney } from './money.ts'

export const IMPORT_BULK = 'ledger, days of rows imported in bulk over HTTP, each day closed'

const DAYS = 20
const ACCOUNTS = 10_000
const CALLERS = 4
const BULK_ROWS = 10_000

/** Rows of many days as another bank's books would have them, among them some that must be refused; nothing may come out differently. */
export async function measureImport({ options, figures }: Lab): Promise<void> {
  // Books of their own, because their days are closed and their clock is moved.
  const books = await openLab({ ...options, scale: undefined }, { figures, neighbour: accountService() })
  try {
    const size = {
      seed: 'import',
      rows: options.rows,
      days: DAYS,
      accounts: ACCOUNTS,
      callers: CALLERS,
      bulk_rows: BULK_ROWS,
    }
    const bearer = () => serviceBearer('transaction-service', LEDGER, books.serviceKey)
    const { port, runtime } = books
    const days = await openImport({ runtime, port, bearer, print: console.log }, size)
    let isBrought = false
    // What customers bring along is the warm-up; the rows are measured once, from the first to the close of the last day.
    const run = () => {
      if (isBrought) return days.importDays()
      isBrought = true
      return days.bring()
    }
    try {
      await measure(books, { name: IMPORT_BULK, clients: CALLERS, isHot: false, isOurs: true, run })
      await days.check()
    } finally {
      await days.close()
    }
    await checkMoney(books)
  } finally {
    await books.stop()
  }
}
