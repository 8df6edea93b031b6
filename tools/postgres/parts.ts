import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost, openPool, type Target } from '#libs/sql/database.ts'
import { FailoverRefused } from '#libs/sql/failover.ts'
import { serverParts } from '#libs/sql/server-parts.ts'

/** One server of a group. */
interface Named {
  name: string
  target: Target
}

/** What a server answers: its part; what it says instead while it runs; or that nobody is there. */
type Answer = { part: 'primary' | 'replica' } | { says: string; isStopping: boolean } | { absent: string }

const STOPS_WITHIN_MS = 15_000
const ASK_AGAIN_MS = 500

/** Before anything is done: those to promote are replicas that answer us. FailoverRefused when fencing the old one would leave nobody. */
export async function refuseUnprepared(candidates: readonly Named[], acceptLoss: boolean): Promise<void> {
  const asked = await Promise.all(candidates.map(async (one) => ({ ...one, answer: await ask(one.target) })))
  let replicas = 0
  for (const { name, answer } of asked) {
    if ('part' in answer && answer.part === 'primary')
      throw new FailoverRefused(`${name} is the primary, and it takes writes: nothing was done`)
    if ('part' in answer) replicas += 1
    else if (!acceptLoss) {
      const reason = 'says' in answer ? answer.says : answer.absent
      throw new FailoverRefused(
        `${name} does not answer (${reason}) and may alone have what was confirmed last: mend that, or --accept-loss; nothing was done`,
      )
    }
  }
  if (replicas === 0) throw new FailoverRefused('no replica answers: nothing was done')
}

/** After the fence: FailoverRefused unless the old primary is gone, or a replica now. One that stops is waited for. */
export async function refuseUnfenced({ name, target }: Named): Promise<void> {
  for (const until = Date.now() + STOPS_WITHIN_MS; ; await sleep(ASK_AGAIN_MS)) {
    const answer = await ask(target)
    if ('absent' in answer) return
    if ('part' in answer && answer.part === 'replica') return
    if ('part' in answer)
      throw new FailoverRefused(`${name} still takes writes after the command: nothing was promoted`)
    // Whoever can say no is running: that it refuses us does not mean that it refuses the bank.
    if (!answer.isStopping || Date.now() > until)
      throw new FailoverRefused(`${name} still runs after the command (${answer.says}): nothing was promoted`)
  }
}

async function ask(target: Target): Promise<Answer> {
  try {
    const { is_replica } = await serverParts(openPool(target, { name: 'bankflow-failover', max: 1 }))
    return { part: is_replica ? 'replica' : 'primary' }
  } catch (error) {
    const { message, severity, code } = error as Error & { severity?: string; code?: string }
    if (isConnectionLost(error) && severity === undefined) return { absent: message }
    return { says: message, isStopping: code?.startsWith('57P0') === true }
  }
}
