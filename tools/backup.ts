import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Target } from '#libs/sql/database.ts'
import { serverOf } from '#platform/databases.ts'
import { keepPassword, SUPERUSER } from '#platform/embedded/cluster.ts'
import { choosePlace, openHome, socketFolder } from '#platform/embedded/place.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { archiveProblem, removeOldBackUps, takeBackUp } from '#platform/recovery/back-up.ts'
import { readPlatformSettings } from '#platform/settings.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = 'npm run backup -- --to FOLDER [--keep 7]'

/**
 * `npm run backup -- --to FOLDER`: a base back-up of DATABASE_URL, or of the embedded server whether the bank runs or not; with `--keep` the newest so
 * many stay.
 */
await toolMain(USAGE, async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, keep: { type: 'string' } } })
  const keep = values.keep === undefined ? undefined : Number(values.keep)
  if (values.to === undefined || (keep !== undefined && !(Number.isInteger(keep) && keep > 0))) return false
  const into = resolve(values.to)
  const { target, stop } = await serverToBackUp()
  try {
    const { folder, about } = await takeBackUp(target, into)
    console.log(
      `${folder}: ${Math.ceil(about.bytes / 1_000_000)} MB, restorable to any second after ${about.finished_at}`,
    )
    const problem = await archiveProblem(target)
    if (problem !== undefined) console.log(`beware: ${problem}`)
    if (keep !== undefined) for (const old of removeOldBackUps(into, keep)) console.log(`removed ${old}`)
  } finally {
    await stop()
  }
  return true
})

async function serverToBackUp(): Promise<{ target: Target; stop: () => Promise<void> }> {
  const settings = readPlatformSettings({ ...process.env, SERVICE: undefined })
  if (settings.databaseUrl !== undefined)
    return { target: serverOf(settings.databaseUrl)('postgres'), stop: async () => {} }
  const home = openHome(settings.home)
  const run = socketFolder(choosePlace(home, { log: () => {} }), 5432)
  if (run !== undefined && existsSync(join(run, '.s.PGSQL.5432'))) {
    const target = { host: run, port: 5432, database: 'postgres', user: SUPERUSER, password: keepPassword(home) }
    return { target, stop: async () => {} }
  }
  const embedded = await startEmbeddedServer({ home, log: () => {} })
  return { target: embedded.options('postgres'), stop: () => embedded.stop() }
}
