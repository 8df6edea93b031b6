import { updateAccount as contract } from '#contracts/api/account.ts'
import { accountUpdated } from '#contracts/events/account.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isStaff } from '../../domain/account-states.ts'
import { problems } from '../../problems.ts'
import { accountOf, lockAccount, refuseOwnAccount } from '../../store/accounts.ts'
import { appendLog, doneBy } from '../../store/log.ts'

export const updateAccount = implement(contract, {
  /** Names an account, or moves it to another branch, which is the bank's own affair. */
  async run({ params, body }, { tx, clock, caller, changed }) {
    const account = await lockAccount(tx, params.account_id)
    await refuseOwnAccount(tx, account.account_id, caller)
    if (account.status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
    if (body.branch_id !== undefined && !isStaff(caller)) throw new Problem(problems.STAFF_ONLY)
    const { nickname = account.nickname, branch_id = account.branch_id } = body
    const changed_fields = [
      ...(nickname === account.nickname ? [] : ['nickname']),
      ...(branch_id === account.branch_id ? [] : ['branch_id']),
    ]
    if (changed_fields.length === 0) throw new Problem(problems.NOTHING_TO_CHANGE)
    const at = clock.wall.now()
    const next = { ...account, nickname, branch_id, updated_at: at }
    const { account_id } = account
    await tx`
      update accounts set nickname = ${nickname}, branch_id = ${branch_id}, updated_at = ${at}
      where account_id = ${account_id}`
    // What somebody calls his account is his own: the log says that it changed, not to what.
    const details = { changed: changed_fields.join(','), ...(body.branch_id === undefined ? {} : { branch_id }) }
    await appendLog(tx, doneBy(caller, at), [{ account_id, change_type: 'UPDATED', details }])
    await publish(tx, occurred(accountUpdated, { account_id, change_type: 'PROFILE', changed_fields }))
    changed({ before: { nickname: account.nickname, branch_id: account.branch_id }, after: { nickname, branch_id } })
    return accountOf(next)
  },
})
