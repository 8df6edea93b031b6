import { createWriteStream, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { takeBaseBackup } from '#libs/sql/base-backup.ts'
import { openPool, type Target } from '#libs/sql/database.ts'
import { syncFolder, writeNote } from '#platform/embedded/durable-files.ts'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'

/** A finished base back-up: a folder of its own. */
export interface BackUp {
  folder: string
  /** What is in `back-up.json` beside the archive. */
  about: BackUpNote
}

export interface BackUpNote {
  /** When everything that it holds was committed: it can be restored to any later second that the archive covers. */
  finished_at: string
  start_lsn: string
  timeline: number
  server_version: string
  bytes: number
}

const NOTE = 'back-up.json'
/** Fast rather than small, and in pieces that are worth a turn of the event loop. */
const COMPRESSION = { level: 1, chunkSize: 1 << 18, highWaterMark: 1 << 22 }

/**
 * Takes a base back-up of the server into a folder named by its time below `into`; it has that name when it is whole. `target` is a role that may
 * replicate. Throws, and leaves nothing, when the server or the disk fails.
 */
export async function takeBackUp(target: Target, into: string): Promise<BackUp> {
  const name = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  const [draft, folder] = [join(into, `${name}.new`), join(into, name)]
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  try {
    const archive = createGzip(COMPRESSION)
    const file = archive.pipe(createWriteStream(join(draft, 'base.tar.gz'), { mode: 0o600, flush: true }))
    const written = new Promise<void>((resolve, reject) => file.once('close', resolve).once('error', reject))
    file.on('error', (error) => archive.destroy(error))
    const manifest = createWriteStream(join(draft, 'backup_manifest'), { mode: 0o600, flush: true })
    const [taken] = await Promise.all([takeBaseBackup(target, `bankflow ${name}`, { archive, manifest }), written])
    const about = { ...taken, ...(await serverNow(target)) }
    writeNote(join(draft, NOTE), JSON.stringify(about, null, 2), 0o600)
    renameSync(draft, folder)
    syncFolder(into)
    return { folder, about }
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}

/** What a back-up's folder says of itself; throws when it is none. */
export function readBackUp(folder: string): BackUp {
  try {
    return { folder, about: JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as BackUpNote }
  } catch (error) {
    throw new EmbeddedServerError(`${folder} is no back-up: ${(error as Error).message}`, { cause: error })
  }
}

/** The back-ups below a folder, oldest first. */
export function backUpsIn(into: string): BackUp[] {
  return readdirSync(into)
    .filter((name) => /^\d{8}T\d{6}Z$/.test(name))
    .sort()
    .map((name) => readBackUp(join(into, name)))
}

/** Removes all but the newest `keep` back-ups; their folders. The archive is not touched: older back-ups elsewhere may need it. */
export function removeOldBackUps(into: string, keep: number): string[] {
  const old = backUpsIn(into).slice(0, -keep)
  for (const { folder } of old) rmSync(folder, { recursive: true })
  return old.map(({ folder }) => folder)
}

/** What a base back-up is worth without the log after it: nothing but its own moment. */
export async function archiveProblem(target: Target): Promise<string | undefined> {
  const sql = openPool(target, { name: 'bankflow-backup', max: 1 })
  try {
    const [row] = await sql<{ mode: string; failed: string | null; is_failing: boolean }[]>`
      select current_setting('archive_mode') as mode, last_failed_wal as failed,
        coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as is_failing
      from pg_stat_archiver`
    if (row?.mode === 'off') return 'archive_mode is off: this back-up can be restored to its own moment only'
    return row?.is_failing ? `the archive fails at ${row.failed}: nothing after it can be restored` : undefined
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function serverNow(target: Target): Promise<Pick<BackUpNote, 'finished_at' | 'server_version'>> {
  const sql = openPool(target, { name: 'bankflow-backup', max: 1 })
  try {
    const [row] = (await sql`
      select clock_timestamp() as now, current_setting('server_version') as server_version`) as [
      { now: Date; server_version: string },
    ]
    return { finished_at: row.now.toISOString(), server_version: row.server_version }
  } finally {
    await sql.end({ timeout: 1 })
  }
}
