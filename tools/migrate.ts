import { parseArgs } from 'node:util'
import { serviceNames } from '#platform/catalogue.ts'
import { migrateAll, serverOf } from '#platform/databases.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { masterKey } from '#platform/keys.ts'
import { readPlatformSettings } from '#platform/settings.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = `npm run migrate
Makes the roles, the databases and the missing migrations of every service, on DATABASE_URL or on the embedded server in BANKFLOW_HOME.`

/** `npm run migrate`: roles, databases and missing migrations of every service, on DATABASE_URL or on the embedded server. */
await toolMain(USAGE, async () => {
  parseArgs({ options: {} })
  const settings = readPlatformSettings({ ...process.env, SERVICE: undefined })
  const keys = masterKey(settings)
  if (settings.databaseUrl !== undefined) {
    await migrateAll(serverOf(settings.databaseUrl), keys, serviceNames, console.log)
  } else {
    const embedded = await startEmbeddedServer({ home: settings.home, log: () => {} })
    await migrateAll(embedded.options, keys, serviceNames, console.log).finally(() => embedded.stop())
  }
  console.log('every database is up to date')
  return true
})
