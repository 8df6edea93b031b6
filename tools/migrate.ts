import { join } from 'node:path'
import { SettingsRefused } from '#libs/config/settings.ts'
import { serviceNames } from '#platform/catalogue.ts'
import { migrateAll, serverOf } from '#platform/databases.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { masterKey } from '#platform/keys.ts'
import { readPlatformSettings } from '#platform/settings.ts'

/** `npm run migrate`: roles, databases and missing migrations of every service, on DATABASE_URL or on the embedded server. */
try {
  const settings = readPlatformSettings({ ...process.env, SERVICE: undefined })
  const keys = masterKey(settings)
  if (settings.databaseUrl !== undefined) {
    await migrateAll(serverOf(settings.databaseUrl), keys, serviceNames, console.log)
  } else {
    const embedded = await startEmbeddedServer({ home: join(settings.home), log: () => {} })
    await migrateAll(embedded.options, keys, serviceNames, console.log).finally(() => embedded.stop())
  }
  console.log('every database is up to date')
} catch (error) {
  console.error(error instanceof SettingsRefused ? error.message : error)
  process.exitCode = 1
}
