import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import { openPool, type Sql } from '#libs/sql/database.ts'
import { serviceNames } from '#platform/catalogue.ts'
import { serverOf, targetOf } from '#platform/databases.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { masterKey } from '#platform/keys.ts'
import { type Finding, markReconciled, reconcile } from '#platform/recovery/reconcile.ts'
import type { SqlOf } from '#platform/recovery/reconcile-types.ts'
import { readPlatformSettings } from '#platform/settings.ts'
import { existingHome } from './postgres/home.ts'
import { momentOf } from './postgres/moment.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = `npm run reconcile -- [--since MOMENT] [--accept]
  --since MOMENT  like 2026-11-15T00:00:00Z: transfers begun since then are compared one by one; a week ago unless given
  --accept        two people have decided on what is OPEN: the bank may become ready all the same
Ends with 1 while something is OPEN.`
const A_WEEK_MS = 7 * 86_400_000

/**
 * `npm run reconcile`: compares the databases of the services after a restore, mends what can be mended, and lets the bank become ready. What people
 * have to decide is told, and leaves it unready; `--accept` says that they have.
 */
await toolMain(USAGE, async () => {
  const { values } = parseArgs({ options: { since: { type: 'string' }, accept: { type: 'boolean', default: false } } })
  const since = values.since === undefined ? new Date(Date.now() - A_WEEK_MS) : momentOf('--since', values.since)
  const { sqlOf, close } = await databases()
  try {
    const options = { sqlOf, services: serviceNames, since }
    const { open, settled, epoch } = await reconcile(options)
    console.log(`epoch ${epoch}; transfers since ${since.toISOString()}`)
    for (const finding of settled) console.log(told('settled', finding))
    for (const finding of open) console.log(told('OPEN', finding))
    if (open.length > 0 && !values.accept) {
      console.log('the bank stays unready: settle these (docs/runbooks/restore.md), run it again, or say --accept')
      process.exitCode = 1
      return true
    }
    await markReconciled(options)
    console.log(open.length > 0 ? 'accepted: the bank may become ready' : 'all agree: the bank may become ready')
    return true
  } finally {
    await close()
  }
})

function told(word: string, { check, count, examples }: Finding): string {
  return `${word}: ${check}: ${count} (${examples.join('; ')}${count > examples.length ? '; …' : ''})`
}

/** Every service's database as its app role: one connection each, opened when it is asked. */
async function databases(): Promise<{ sqlOf: SqlOf; close: () => Promise<void> }> {
  const settings = readPlatformSettings({ ...process.env, SERVICE: undefined })
  const keys = masterKey(settings)
  const missing = serviceNames.filter((service) => settings.databaseUrlOf(service) === undefined)
  if (missing.length > 0 && missing.length < serviceNames.length && settings.databaseUrl === undefined)
    throw new SettingsRefused(`the databases of ${missing.join(', ')} are not named: set DATABASE_URL, or one for each`)
  const embedded =
    settings.databaseUrl === undefined && missing.length > 0
      ? await startEmbeddedServer({ home: existingHome(settings.home), log: () => {} })
      : undefined
  const server =
    embedded?.options ?? serverOf(settings.databaseUrl ?? (settings.databaseUrlOf(serviceNames[0] as string) as string))
  const pools = new Map<string, Sql>()
  const sqlOf = (service: string): Sql => {
    const url = settings.databaseUrlOf(service)
    const target = url === undefined ? targetOf(server, keys, service, 'app') : { url }
    const pool = pools.get(service) ?? openPool(target, { name: 'reconcile', max: 1, statementTimeoutMs: 0 })
    pools.set(service, pool)
    return pool
  }
  const close = async (): Promise<void> => {
    for (const pool of pools.values()) await pool.end({ timeout: 5 })
    await embedded?.stop()
  }
  return { sqlOf, close }
}
