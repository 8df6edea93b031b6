import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { ClusterField } from '../field.ts'
import type { Network } from '../network.ts'

const DELAY_MS = 200
const CUT_EVERY_MS = 2_000
const CUT_FOR_MS = 1_000

export const delayed: Fault<ClusterField> = {
  name: '200 ms delay between services',
  lasts_s: { full: 30, short: 15 },
  async begin(field) {
    const network = networkOf(field)
    await network.delay(DELAY_MS)
    return () => network.heal()
  },
}

/** One connection after the other is cut in the middle of what it carries, and refused for a second. */
export const cut: Fault<ClusterField> = {
  name: 'connections between services cut, one process after the other',
  lasts_s: { full: 30, short: 16 },
  async begin(field) {
    const network = networkOf(field)
    let isOver = false
    const cutting = (async () => {
      for (let turn = 0; !isOver; turn++) {
        const name = network.names[(turn * 3) % network.names.length] as string
        await network.cut(name)
        await sleep(CUT_FOR_MS)
        await network.mend(name)
        await sleep(CUT_EVERY_MS - CUT_FOR_MS)
      }
    })()
    return async () => {
      isOver = true
      await cutting
      await network.heal()
    }
  },
}

function networkOf({ network }: ClusterField): Network {
  if (network === undefined) throw new Error('there is no toxiproxy to do a fault with')
  return network
}
