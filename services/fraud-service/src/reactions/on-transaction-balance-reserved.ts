import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import { transactionBalanceReserved } from '#contracts/events/transaction.ts'
import { occurred } from '#libs/contract/event.ts'
import { publishAll, traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import type { Verdict } from '../domain/decide.ts'
import { judgeInOrder, type Transfer, windowsOf } from '../domain/judge.ts'
import { lockAccounts, readPriors, readVelocities, writeVerdicts } from '../store/history.ts'
import { readRules } from '../store/rules.ts'

/**
 * Judges transfers whose money is reserved. Initiated amounts are counted in the transaction of their verdict, under a lock per account,
 * so that no two instances overlook each other. A transfer that was judged before gets the same verdict again. Six statements for a batch
 * of any size.
 */
export const onTransactionBalanceReserved = react(transactionBalanceReserved, {
  async run(events, _asked, { tx, clock }) {
    const now = clock.bank.now()
    const transfers = new Map<string, Transfer>()
    for (const { data } of events) if (!transfers.has(data.transaction_id)) transfers.set(data.transaction_id, data)
    const accounts = await lockAccounts(tx, accountsOf([...transfers.values()]), now)
    const rules = await readRules(tx)
    const { verdicts, payees } = await readPriors(tx, [...transfers.values()])
    const velocities = await readVelocities(tx, accounts, windowsOf(rules))

    const fresh = [...transfers.values()].filter((transfer) => !verdicts.has(transfer.transaction_id))
    const judged = judgeInOrder(fresh, rules, { velocities, payees })
    await writeVerdicts(tx, fresh, judged, accounts, now)

    for (const [i, { transaction_id }] of fresh.entries()) verdicts.set(transaction_id, judged[i] as Verdict)
    const answers = events.map((event) => {
      const { transaction_id, account_id } = event.data
      const verdict = verdicts.get(transaction_id) as Verdict
      return occurred(fraudCheckCompleted, { transaction_id, account_id, ...verdict }, traceOf(event))
    })
    await publishAll(tx, answers)
  },
})

function accountsOf(transfers: readonly Transfer[]): string[] {
  return [...new Set(transfers.map((transfer) => transfer.account_id))]
}
