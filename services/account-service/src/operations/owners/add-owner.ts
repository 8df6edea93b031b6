import { addOwner as contract } from '#contracts/api/account.ts'
import { accountOwnerAdded } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { capabilitiesFor, decideDelegateLimits, shownLimits } from '../../domain/ownership.ts'
import { problems } from '../../problems.ts'
import { lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { appendLog, doneBy } from '../../store/log.ts'

export const addOwner = implement(contract, {
  /** Adds a joint owner, who may do everything, or a delegate with the capabilities listed; staff neither add themselves nor to their own. */
  async run({ params, body: { relation, capabilities: wished, ...body } }, { tx, clock, caller, changed }) {
    const capabilities = capabilitiesFor(relation, wished)
    const limits = decideDelegateLimits(relation, body.limits)
    const { account_id, status } = await lockAccount(tx, params.account_id)
    const customer_id = body.customer_id.toLowerCase()
    await refuseOwnAccount(tx, account_id, caller)
    if (customer_id === caller.customer_id) throw new Problem(problems.OWN_ACCOUNT)
    if (status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
    const added_at = clock.wall.now()
    const added = await tx`
      insert into account_owners (account_id, customer_id, relation, capabilities, added_at, max_amount_cents, max_day_cents)
      values (${account_id}, ${customer_id}, ${relation}, ${capabilities}, ${added_at}, ${limits.max_amount_cents},
        ${limits.max_day_cents})
      on conflict (account_id, customer_id) do nothing`
    if (added.count === 0) throw new Problem(problems.OWNER_EXISTS)
    const details = { customer_id, relation, capabilities: capabilities.join(',') }
    await appendLog(tx, doneBy(caller, added_at), [{ account_id, change_type: 'OWNER_ADDED', details }])
    await publish(tx, occurred(accountOwnerAdded, { account_id, customer_id, capability: capabilities.join(',') }))
    const shown = { capabilities, limits: shownLimits(limits), added_at: added_at.toISOString() }
    const owner = { account_id, customer_id, relation, ...shown }
    changed({ before: null, after: owner })
    return owner
  },
})
