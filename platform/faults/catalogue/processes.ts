import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { BankProcess, ClusterField } from '../field.ts'

const KILL_EVERY_MS = 5_000
const SKEW_MS = 30_000

/** Whoever is killed is started again at once, as a supervisor does it. */
export const processesKilled: Fault<ClusterField> = {
  name: 'a random process of the bank killed every 5 s',
  lasts_s: { full: 120, short: 120 },
  async begin({ processes, say }) {
    const coming = new Map<string, Promise<void>>()
    let isOver = false
    const killOne = async (): Promise<void> => {
      const standing = processes.filter(({ name }) => !coming.has(name))
      const victim = standing[Math.floor(Math.random() * standing.length)]
      if (victim === undefined) return
      say(`  ${victim.name} is killed`)
      await victim.kill()
      const restarted = victim.restart().finally(() => coming.delete(victim.name))
      // Its failure is thrown at the end, where all are waited for.
      restarted.catch(() => undefined)
      coming.set(victim.name, restarted)
    }
    const killing = (async () => {
      for (let next = performance.now(); !isOver; next += KILL_EVERY_MS) {
        await killOne()
        await sleep(Math.max(0, next + KILL_EVERY_MS - performance.now()))
      }
    })()
    return async () => {
      isOver = true
      await killing
      await Promise.all(coming.values())
    }
  },
}

export const aheadOfTime: Fault<ClusterField> = {
  name: 'the clock of a transaction process 30 s ahead',
  lasts_s: { full: 60, short: 15 },
  begin: (field) => skewed(processOf(field, 'transaction-1'), SKEW_MS),
}

export const behindTime: Fault<ClusterField> = {
  name: 'the clock of a gateway 30 s behind',
  lasts_s: { full: 60, short: 15 },
  begin: (field) => skewed(processOf(field, 'gateway-1'), -SKEW_MS),
}

/** The process is started again with its clock set off, and once more with the right time. */
async function skewed(process: BankProcess, offset_ms: number): Promise<() => Promise<void>> {
  const putRight = async (): Promise<void> => {
    await process.kill()
    await process.restart()
  }
  await process.kill()
  await process.restart({ BANKFLOW_WALL_OFFSET_MS: String(offset_ms) }).catch(async (error) => {
    await putRight()
    throw error
  })
  return putRight
}

function processOf({ processes }: ClusterField, name: string): BankProcess {
  const found = processes.find((one) => one.name === name)
  if (found === undefined) throw new Error(`the cluster has no process ${name}`)
  return found
}
