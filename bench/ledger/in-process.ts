import { postTransaction } from '#contracts/api/ledger.ts'
import type { Executor } from '#libs/http/executor.ts'
import type { Accounts, Lab } from './lab.ts'
import { type Case, measure } from './measure.ts'
import { closedLoop, posting } from './postings.ts'

export const IN_PROCESS = 'ledger, in process'

/** Single transfers through the ledger's own executor: authorised, keyed, decided, written, committed, answered. */
export async function measureInProcess(lab: Lab): Promise<void> {
  const executor = lab.runtime.executorOf(postTransaction) as Executor
  const accounts = await lab.accounts()
  for (const isHot of [false, true]) {
    for (const clients of lab.options.clients) {
      const transfer = (): Promise<unknown> => {
        const [from, to] = pairOf(accounts, isHot)
        return executor.execute(posting(from, to, 1n))
      }
      const run: Case['run'] = async (seconds) => {
        const loop = await closedLoop(transfer, clients, seconds)
        return { done: loop.operations, seconds: loop.seconds, p50_ms: loop.p50_ms, p99_ms: loop.p99_ms }
      }
      await measure(lab, { name: IN_PROCESS, clients, isHot, isOurs: true, run })
    }
  }
}

/** Two different accounts by chance; hot: everything goes into the last. */
function pairOf({ count, at }: Accounts, isHot: boolean): [from: string, to: string] {
  const to = isHot ? count - 1 : Math.floor(Math.random() * count)
  const from = (to + 1 + Math.floor(Math.random() * (count - 1))) % count
  return [at(from), at(to)]
}
