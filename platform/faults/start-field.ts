import { freePort } from '../cluster/ports.ts'
import { launchProcesses } from '../cluster/processes.ts'
import { Api } from '../testing/api.ts'
import type { ClusterField } from './field.ts'
import { startGround } from './ground.ts'
import { networkThrough } from './network.ts'

/** A field, and how it ends. */
export interface StartedField {
  readonly field: ClusterField
  /** What this machine cannot have, and why. */
  readonly missing: readonly string[]
  stop(): Promise<void>
}

/** Starts components of its own, since they will be killed, and every process of the bank, the services behind proxies where toxiproxy can be had. */
export async function startField(say: (line: string) => void): Promise<StartedField> {
  const begun = new AsyncDisposableStack()
  try {
    const ground = await startGround(say)
    begun.defer(() => ground.stop())
    const { kafka, redis, toxiproxy } = ground.components
    const network = toxiproxy === undefined ? undefined : networkThrough(toxiproxy.api, freePort)
    const databases = { DATABASE_URL: ground.trio.url() }
    const processes = await launchProcesses({
      ...ground,
      databases,
      ...(network === undefined ? {} : { addressOf: network.before }),
    })
    begun.defer(() => processes.stop())
    await processes.untilReady()
    say(`${processes.members.length} processes are ready`)
    const field: ClusterField = {
      api: new Api(processes.gateways[0] as string),
      gateways: processes.gateways,
      sql: ground.sql,
      brokers: kafka?.parts,
      redis: redis?.part,
      network,
      processes: processes.members.map(({ part }) => part),
      trio: ground.trio,
      smallDisk: ground.disk,
      say,
    }
    return { field, missing: ground.missing, stop: () => begun.disposeAsync() }
  } catch (error) {
    await begun.disposeAsync()
    throw error
  }
}
