import { openAccount as contract } from '#contracts/api/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { planOpening, statusFor } from '../../domain/opening.ts'
import { problems } from '../../problems.ts'
import { accountOf } from '../../store/accounts.ts'
import { doneBy } from '../../store/log.ts'
import { openInLedger, recordOpening } from '../../store/openings.ts'
import { lockStanding, standingOf } from '../../store/standing.ts'
import type { BranchRow, ProductRow } from '../../tables.ts'

export const openAccount = implement(contract, {
  /** The ledger account is there, under the same id, before the account is. If `run` refuses, an empty one that nobody names stays: harmless. */
  async ask({ body }, { sql, call, callMany, caller }) {
    const products = await sql<ProductRow[]>`select * from products order by list_rank`
    const plan = planOpening(body, caller, products)
    const branches = await sql<
      BranchRow[]
    >`select * from branches where branch_id = ${body.branch_id ?? null} or is_main_office`
    const branch = branches.find((one) =>
      body.branch_id === undefined ? one.is_main_office : one.branch_id === body.branch_id,
    )
    if (branch === undefined) throw new Problem(problems.BRANCH_NOT_FOUND)
    const known = await standingOf(plan.customer_id, sql, { call, callMany })
    if (known === undefined) throw new Problem(problems.PROFILE_REQUIRED)
    const opening = { ...plan, account_id: newId(), branch_id: branch.branch_id, status: statusFor(known) }
    await openInLedger(opening, { call, callMany }, caller)
    return { opening, known }
  },

  /** Opens an account for a customer, who becomes its first owner. One who was turned away in between gets none. */
  async run(_input, { tx, clock, caller, changed }, { opening, known }) {
    const at = clock.wall.now()
    statusFor(await lockStanding(tx, known, at))
    const opened_date = clock.bank.businessDate()
    const account = accountOf(await recordOpening(tx, opening, { by: doneBy(caller, at), opened_date }))
    changed({ before: null, after: account })
    return account
  },
})
