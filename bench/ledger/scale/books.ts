import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KeyProvider, localKeyProvider } from '#libs/crypto/key-provider.ts'
import { openDatabase, openPool } from '#libs/sql/database.ts'
import { rolesOf } from '#libs/sql/migrate.ts'
import { migrateAll, targetOf } from '#platform/databases.ts'
import { type EmbeddedServer, startEmbeddedServer } from '#platform/embedded/server.ts'
import { fillBooks } from './fill.ts'
import { type Plan, planOf } from './plan.ts'

interface Wanted {
  home: string
  service: string
  accounts: number
  entries: number
}

const SHARED_BUFFERS = '4GB'

/** The ledger of a bank that has lived for months, on a durable server; filled before where it was not, or goes on being filled. */
export async function openScaledBooks(
  wanted: Wanted,
): Promise<{ server: EmbeddedServer; keys: KeyProvider; plan: Plan }> {
  const { home } = wanted
  await mkdir(home, { recursive: true })
  const plan = await keptPlan(wanted)
  const keys = localKeyProvider({ file: join(home, 'master.key'), create: true })
  await fill(wanted, keys, plan)
  const server = await startEmbeddedServer({ home, log: say, maxConnections: 400, sharedBuffers: SHARED_BUFFERS })
  return { server, keys, plan }
}

/** The plan of the folder, or a new one that is kept in it. */
async function keptPlan({ home, accounts, entries }: Wanted): Promise<Plan> {
  const file = join(home, 'plan.json')
  if (existsSync(file)) {
    const plan = JSON.parse(await readFile(file, 'utf8')) as Plan
    say(
      `the bank in ${home}: ${plan.accounts} accounts, ${plan.entries} entries, ${plan.days[0]} to ${plan.days.at(-1)}`,
    )
    return plan
  }
  const plan = planOf({ accounts, entries }, new Date())
  await writeFile(file, JSON.stringify(plan))
  return plan
}

/** Not durable while it fills: a machine that crashes meanwhile begins anew, and random pages are not written twice. */
async function fill({ home, service }: Wanted, keys: KeyProvider, plan: Plan): Promise<void> {
  const server = await startEmbeddedServer({ home, log: say, sharedBuffers: SHARED_BUFFERS, durable: false })
  try {
    await migrateAll(server.options, keys, [service], say)
    const admin = openPool(server.options(rolesOf(service).database), { name: 'bench', max: 1 })
    await admin.unsafe(`create schema if not exists bench authorization ${rolesOf(service).owner}`)
    await admin.end()
    const owner = openPool(targetOf(server.options, keys, service, 'owner'), {
      name: 'bench',
      max: 1,
      statementTimeoutMs: 0,
    })
    const app = targetOf(server.options, keys, service, 'app')
    const database = openDatabase({ service, app, appConnections: 2, readerConnections: 1 })
    try {
      await fillBooks({ owner, database, plan, say })
    } finally {
      await Promise.all([owner.end(), database.close()])
    }
  } finally {
    await server.stop()
  }
}

function say(line: string): void {
  console.log(`  ${line}`)
}
