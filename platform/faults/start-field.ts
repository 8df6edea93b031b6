import { freePort } from '../cluster/ports.ts'
import { launchProcesses } from '../cluster/processes.ts'
import { startBalancer } from '../cluster/testing/balancer.ts'
import { writeStandingBank } from '../cluster/testing/standing-bank.ts'
import { Api } from '../testing/api.ts'
import { builtWebApp } from '../web-app.ts'
import type { ClusterField } from './field.ts'
import { startGround } from './ground.ts'
import { networkThrough } from './network.ts'

/** A field, and how it ends. */
export interface StartedField {
  readonly field: ClusterField
  /** What this machine cannot have, and why. */
  readonly missing: readonly string[]
  /** The file that tells of its bank, for stories (`BANKFLOW_TEST_BANK`). */
  readonly standingBank: string
  stop(): Promise<void>
}

/** Settings of all processes beside those that a load needs, and whether the first primary has a disk that can be filled. */
export interface FieldOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly hasSmallDisk?: boolean
}

/** Starts components of its own, which may be killed, and every process of the bank, the services behind proxies where toxiproxy can be had. */
export async function startField(say: (line: string) => void, options: FieldOptions = {}): Promise<StartedField> {
  const begun = new AsyncDisposableStack()
  try {
    const ground = await startGround(say, options)
    begun.defer(() => ground.stop())
    const { kafka, redis, toxiproxy } = ground.components
    // A clean clone has no web app yet, and two gateways would build it at once.
    await builtWebApp(ground.warden.home, say)
    const network = toxiproxy === undefined ? undefined : networkThrough(toxiproxy.api, freePort)
    const databases = { DATABASE_URL: ground.trio.url() }
    const processes = await launchProcesses({
      ...ground,
      env: { ...ground.env, ...options.env },
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
    const balancer = await startBalancer(processes.gateways.map((url) => Number(new URL(url).port)))
    begun.defer(() => balancer.close())
    const standingBank = writeStandingBank(ground.warden.home, {
      url: balancer.url,
      databaseUrl: ground.trio.url(),
      masterKeyFile: ground.masterKeyFile,
      serviceKeys: ground.serviceKeys,
      logFiles: processes.members.map(({ part }) => part.logFile),
    })
    return { field, missing: ground.missing, standingBank, stop: () => begun.disposeAsync() }
  } catch (error) {
    await begun.disposeAsync()
    throw error
  }
}
