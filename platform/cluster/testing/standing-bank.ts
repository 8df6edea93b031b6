import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localKeyProvider } from '#libs/crypto/key-provider.ts'
import type { Target } from '#libs/sql/database.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { Bank } from '../../bank.ts'
import { GATEWAY, serviceNames } from '../../catalogue.ts'
import { serverOf, targetOf } from '../../databases.ts'
import { privateKeyIn } from '../../keys.ts'
import { followLogs } from './follow-logs.ts'

/** A bank of many processes that stands before a test file begins and still does when it has ended. */
export interface StandingBank {
  /** Of a balancer before the gateways. */
  readonly url: string
  /** Its databases' server as the superuser, with every host that may become the primary. */
  readonly databaseUrl: string
  readonly masterKeyFile: string
  /** The folder of the services' keys. */
  readonly serviceKeys: string
  /** Where its processes log. */
  readonly logFiles: readonly string[]
}

/** A standing bank as one test file has it, until it leaves. */
export interface JoinedBank {
  readonly url: string
  /** The services once more in the test's own process, called but not running by themselves: what tools that act as a service are given. */
  readonly bank: Bank
  targetOf(service: string, role: 'app' | 'owner'): Target
  leave(): Promise<void>
}

/** Writes down where a bank is, for test files in processes of their own: `BANKFLOW_TEST_BANK` names the file. */
export function writeStandingBank(folder: string, bank: StandingBank): string {
  const file = join(folder, 'standing-bank.json')
  writeFileSync(file, JSON.stringify(bank), { mode: 0o600 })
  return file
}

/** Joins the bank that a file tells of. `env` are the settings of the services here; `log` is given the lines that the bank's processes log from now on. */
export async function joinStandingBank(
  file: string,
  env: Readonly<Record<string, string>>,
  log: { write(line: string): void } | undefined,
): Promise<JoinedBank> {
  const standing = JSON.parse(readFileSync(file, 'utf8')) as StandingBank
  const keys = localKeyProvider({ file: standing.masterKeyFile, create: false })
  const server = serverOf(standing.databaseUrl)
  const names = [...serviceNames, GATEWAY]
  const signing = new Map(names.map((name) => privateKeyIn(join(standing.serviceKeys, `${name}.json`))))
  const logs = log === undefined ? undefined : followLogs(standing.logFiles, log)
  const bank = new Bank({
    profile: 'sandbox',
    here: [...serviceNames],
    env,
    keys,
    targetOf: (service, role) => targetOf(server, keys, service, role),
    log: createLog({ service: 'test', level: 'silent' }),
    urlOf: () => undefined,
    keyOf: (service) => signing.get(service) as never,
    keysOfService: () => new Map(),
  })
  const leave = async (): Promise<void> => {
    await Promise.all([...bank.runtimes.values()].map((runtime) => runtime.stop()))
    await logs?.end()
  }
  try {
    await Promise.all([...bank.runtimes.values()].map((runtime) => runtime.open()))
  } catch (error) {
    await leave()
    throw error
  }
  return {
    url: standing.url,
    bank,
    targetOf: (service, role) => targetOf(server, keys, service, role),
    leave,
  }
}
