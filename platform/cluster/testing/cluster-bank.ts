import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { Bank } from '../../bank.ts'
import { GATEWAY, serviceNames } from '../../catalogue.ts'
import { writeServiceKeys } from '../../keys.ts'
import { componentSettings } from '../component-settings.ts'
import { launchProcesses, type Processes } from '../processes.ts'
import { variableOf } from '../shape.ts'
import { startWarden } from '../warden.ts'
import { startBalancer } from './balancer.ts'
import { testComponents } from './components.ts'
import { followLogs } from './follow-logs.ts'

/** A service's database, as tests make them. */
export interface StoredService {
  readonly name: string
  as(role: 'app' | 'reader' | 'owner'): {
    host?: string
    port?: number
    database?: string
    user?: string
    password?: string
  }
}

export interface ClusterBankOptions {
  readonly profile: 'sandbox' | 'production'
  readonly databaseOf: (service: string) => StoredService
  readonly env: Readonly<Record<string, string>>
  readonly log?: { write(line: string): void } | undefined
}

/** A bank of many processes for one test file. */
export interface ClusterBank {
  /** Of a balancer before the gateways: each connection goes to the next of them. */
  readonly url: string
  readonly processes: Processes
  /** The services once more in the test's own process, called but not running by themselves: what tools that act as a service are given. */
  readonly bank: Bank
  close(): Promise<void>
}

/** Starts the processes of a bank over fresh databases and the components of the run, with prefixes of its own in them. */
export async function startClusterBank(options: ClusterBankOptions): Promise<ClusterBank> {
  const { profile, databaseOf } = options
  const warden = await startWarden('bankflow-bank-')
  const masterKeyFile = join(warden.home, 'master.key')
  const keys = localKeyProvider({ file: masterKeyFile, create: true })
  const serviceKeys = join(warden.home, 'service-keys')
  const signing = await writeServiceKeys(serviceKeys)
  const env = {
    ...componentSettings(testComponents(), `t${randomBytes(4).toString('hex')}`),
    BANKFLOW_PROFILE: profile,
    BANKFLOW_LOG_LEVEL: options.log === undefined ? 'warn' : 'debug',
    ...options.env,
  }
  const databases = Object.fromEntries(
    serviceNames.map((service) => [`${variableOf(service)}_DATABASE_URL`, urlOf(databaseOf(service))]),
  )
  const processes = await launchProcesses({ warden, databases, masterKeyFile, serviceKeys, env })
  const logs = options.log === undefined ? undefined : followLogs(processes, options.log)
  const bank = new Bank({
    profile,
    here: [...serviceNames],
    env: options.env,
    keys,
    targetOf: (service, role) => databaseOf(service).as(role) as never,
    log: createLog({ service: 'test', level: 'silent' }),
    urlOf: () => undefined,
    keyOf: (service) => signing.get(service) ?? (signing.get(GATEWAY) as never),
    keysOfService: () => new Map(),
  })
  const stopBank = async (): Promise<void> => {
    for (const runtime of bank.runtimes.values()) await runtime.stop()
  }
  try {
    await processes.untilReady()
    await Promise.all([...bank.runtimes.values()].map((runtime) => runtime.open()))
    const balancer = await startBalancer(processes.gateways.map((url) => Number(new URL(url).port)))
    const close = async (): Promise<void> => {
      await balancer.close()
      await processes.stop()
      await logs?.end()
      await stopBank()
      await warden.close()
    }
    return { url: balancer.url, processes, bank, close }
  } catch (error) {
    await processes.stop()
    await stopBank()
    await warden.close()
    throw error
  }
}

function urlOf(database: StoredService): string {
  const { host, port, database: name, user, password } = database.as('app')
  return `postgres://${encodeURIComponent(user ?? '')}:${encodeURIComponent(password ?? '')}@${host}:${port}/${name}`
}
