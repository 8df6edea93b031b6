import { removeOwner as contract } from '#contracts/api/account.ts'
import { accountOwnerRemoved } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { appendLog, doneBy } from '../../store/log.ts'
import type { OwnerRow } from '../../tables.ts'

export const removeOwner = implement(contract, {
  /** Removes a joint owner or a delegate; the first owner stays, because somebody must own the money. */
  async run({ params }, { tx, clock, caller, changed }) {
    const { account_id } = await lockAccount(tx, params.account_id)
    await refuseOwnAccount(tx, account_id, caller)
    const customer_id = params.customer_id.toLowerCase()
    const [owner] = await tx<Pick<OwnerRow, 'relation' | 'capabilities'>[]>`
      select relation, capabilities from account_owners where account_id = ${account_id} and customer_id = ${customer_id}`
    if (owner === undefined) throw new Problem(problems.OWNER_NOT_FOUND)
    if (owner.relation === 'OWNER') throw new Problem(problems.FIRST_OWNER_STAYS)
    await tx`delete from account_owners where account_id = ${account_id} and customer_id = ${customer_id}`
    const by = doneBy(caller, clock.wall.now())
    await appendLog(tx, by, [{ account_id, change_type: 'OWNER_REMOVED', details: { customer_id } }])
    changed({ before: { account_id, customer_id, ...owner }, after: null })
    await publish(tx, occurred(accountOwnerRemoved, { account_id, customer_id }))
    return {}
  },
})
