import { changeDelegateLimits as contract } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/account-states.ts'
import { decideDelegateLimits } from '../../domain/ownership.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { appendLog, doneBy } from '../../store/log.ts'
import { ownerOf } from '../../store/owner-rows.ts'
import type { OwnerRow } from '../../tables.ts'

export const changeDelegateLimits = implement(contract, {
  /** Sets the limits of a delegate; transaction-service asks for them with each payment, so the next one is held to them. */
  async run({ params, body: { limits } }, { tx, clock, caller, changed }) {
    const { account_id } = await lockAccount(tx, params.account_id)
    await refuseOwnAccount(tx, account_id, caller)
    await refuseDelegates(tx, account_id, caller)
    const customer_id = params.customer_id.toLowerCase()
    const [present] = await tx<OwnerRow[]>`
      select * from account_owners where account_id = ${account_id} and customer_id = ${customer_id}`
    if (present === undefined) throw new Problem(problems.OWNER_NOT_FOUND)
    if (present.relation !== 'DELEGATE') throw new Problem(problems.NOT_A_DELEGATE)
    const { max_amount_cents, max_day_cents } = decideDelegateLimits(present.relation, limits)
    if (max_amount_cents === present.max_amount_cents && max_day_cents === present.max_day_cents)
      throw new Problem(problems.NOTHING_TO_CHANGE)
    const [row] = await tx<OwnerRow[]>`
      update account_owners set max_amount_cents = ${max_amount_cents}, max_day_cents = ${max_day_cents}
      where account_id = ${account_id} and customer_id = ${customer_id} returning *`
    const details = {
      customer_id,
      max_amount_cents: max_amount_cents?.toString() ?? null,
      max_day_cents: max_day_cents?.toString() ?? null,
    }
    const by = doneBy(caller, clock.wall.now())
    await appendLog(tx, by, [{ account_id, change_type: 'DELEGATE_LIMITS', details }])
    const changed_fields = ['limits']
    await publish(tx, occurred(accountUpdated, { account_id, change_type: 'DELEGATE_LIMITS', changed_fields }))
    const after = ownerOf(row as OwnerRow)
    changed({ before: ownerOf(present), after })
    return after
  },
})

/** Who may manage the account as a delegate himself sets no limits: neither his own nor those of others. */
async function refuseDelegates(tx: Tx, account_id: string, caller: Caller): Promise<void> {
  if (isStaff(caller)) return
  const [owner] = await tx`
    select 1 from account_owners
    where account_id = ${account_id} and customer_id = ${caller.customer_id} and relation in ('OWNER', 'JOINT')`
  if (owner === undefined) throw new Problem(problems.OWNERS_ONLY)
}
