import { listGlAccounts as contract } from '#contracts/api/ledger-chart.ts'
import { implementRead } from '../../config.ts'
import { glAccountReply } from '../../store/gl-accounts.ts'
import type { GlAccountRow } from '../../tables.ts'

/** The whole chart of accounts, by code. */
export const listGlAccounts = implementRead(contract, {
  async read(_input, { sql }) {
    const rows = await sql<GlAccountRow[]>`select * from gl_accounts order by gl_code`
    return { items: rows.map(glAccountReply) }
  },
})
