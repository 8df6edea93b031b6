import { listBranches as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import type { BranchRow } from '../../tables.ts'

/** The branches of the bank, the main office first. */
export const listBranches = implementRead(contract, {
  toleratesLag: true,
  async read(_input, { sql }) {
    const items = await sql<BranchRow[]>`
      select branch_id, name, is_main_office from branches order by is_main_office desc, branch_id`
    return { items: [...items] }
  },
})
