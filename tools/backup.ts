import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SettingsRefused } from '#libs/config/settings.ts'
import { openPool, type Target } from '#libs/sql/database.ts'
import { serverOf } from '#platform/databases.ts'
import { keepPassword, SUPERUSER } from '#platform/embedded/cluster.ts'
import { choosePlace, openHome, socketFolder } from '#platform/embedded/place.ts'
import { startEmbeddedServer } from '#platform/embedded/server.ts'
import { archiveProblem, removeOldBackUps, takeBackUp } from '#platform/recovery/back-up.ts'
import { readPlatformSettings } from '#platform/settings.ts'
import { existingHome } from './postgres/home.ts'
import { toolMain } from './postgres/tool-main.ts'

const USAGE = `npm run backup -- --to FOLDER [--keep NUMBER]
  --to FOLDER    where the back-up is put, in a folder of its own that is named by its time
  --keep NUMBER  removes all but the newest so many back-ups there
Of DATABASE_URL, as a role that may replicate; or of the embedded server in BANKFLOW_HOME, whether the bank runs or not.`

/**
 * `npm run backup -- --to FOLDER`: a base back-up of DATABASE_URL, or of the embedded server whether the bank runs or not; with `--keep` the newest so
 * many stay.
 */
await toolMain(USAGE, async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, keep: { type: 'string' } } })
  if (values.to === undefined) return false
  if (values.keep !== undefined && !/^[1-9]\d{0,5}$/.test(values.keep))
    throw new SettingsRefused(`--keep: "${values.keep}" is no whole number from 1`)
  const keep = values.keep === undefined ? undefined : Number(values.keep)
  const into = resolve(values.to)
  const { target, stop } = await serverToBackUp()
  try {
    const { folder, about } = await takeBackUp(target, into)
    console.log(`${folder}: ${Math.ceil(about.bytes / 1_000_000)} MB, as of ${about.finished_at}`)
    const problem = await archiveProblem(target)
    console.log(problem === undefined ? 'with the archived log: of any later second, too' : `beware: ${problem}`)
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
  const home = openHome(existingHome(settings.home))
  const run = socketFolder(choosePlace(home, { log: () => {} }), 5432)
  if (run !== undefined && existsSync(join(run, '.s.PGSQL.5432'))) {
    const target = { host: run, port: 5432, database: 'postgres', user: SUPERUSER, password: keepPassword(home) }
    if (await answers(target)) return { target, stop: async () => {} }
  }
  const embedded = await startEmbeddedServer({ home, log: () => {} })
  return { target: embedded.options('postgres'), stop: () => embedded.stop() }
}

/** A server that was killed leaves its socket behind. */
async function answers(target: Target): Promise<boolean> {
  const sql = openPool(target, { name: 'bankflow-backup', max: 1 })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}
