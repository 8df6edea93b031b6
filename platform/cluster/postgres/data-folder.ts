import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { takeBaseBackup } from '#libs/sql/base-backup.ts'
import type { Target } from '#libs/sql/database.ts'
import { syncFolder } from '#platform/embedded/durable-files.ts'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'
import type { Place } from '#platform/embedded/place.ts'
import { childOptions } from '#platform/embedded/postgres-process.ts'

/** With this file PostgreSQL itself starts as a replica only, whoever starts it. */
const STANDBY = 'standby.signal'
/** Says that another server took over: such a folder is not started before it was made anew. */
const FENCED = 'bankflow-fenced'

/** What a server of the group was when it ran last. */
export type Part = 'none' | 'primary' | 'replica' | 'fenced'

/** What the data folder of a server says it is. */
export function partOf(place: Place): Part {
  if (!existsSync(join(place.data, 'PG_VERSION'))) return 'none'
  if (existsSync(join(place.data, FENCED))) return 'fenced'
  return existsSync(join(place.data, STANDBY)) ? 'replica' : 'primary'
}

/** Makes it impossible that this folder's server ever accepts a write again. It must not be running. */
export function fence(place: Place): void {
  own(place, join(place.data, STANDBY), '')
  own(place, join(place.data, FENCED), 'another server of this group was promoted\n')
  syncFolder(place.data)
}

/**
 * Makes a data folder that follows `primary`: a base back-up of it, complete under another name first. What was there is removed before, because a
 * server that was fenced may have commits that nobody else has, and its disk need not have room for both. Throws what the primary, `tar` or the
 * disk said; there is no data then, and the server is made at its next start.
 */
export async function cloneFrom(
  primary: Target,
  place: Place,
  following: { conninfo: string; slot: string },
): Promise<void> {
  rmSync(place.data, { recursive: true, force: true })
  const draft = join(place.folder, `clone-${randomBytes(4).toString('hex')}`)
  mkdirSync(draft, { mode: 0o700 })
  try {
    await extractBackup(primary, draft, place)
    const settings = `primary_conninfo = '${following.conninfo.replaceAll("'", "''")}'\nprimary_slot_name = '${following.slot}'\n`
    writeFileSync(join(draft, 'postgresql.auto.conf'), settings, { mode: 0o600 })
    writeFileSync(join(draft, STANDBY), '')
    await giveTo(place, draft)
    renameSync(draft, place.data)
    syncFolder(place.folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

async function extractBackup(primary: Target, draft: string, place: Place): Promise<void> {
  const tar = spawn('tar', ['-x', '-f', '-', '-C', draft], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  tar.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  const ended = new Promise<void>((resolve, reject) => {
    tar.once('error', reject)
    tar.once('close', (code) =>
      code === 0 ? resolve() : reject(new EmbeddedServerError(`tar ended with ${code}: ${said.trim()}`)),
    )
  })
  const manifest = createWriteStream(join(draft, 'backup_manifest'), { mode: 0o600 })
  try {
    await Promise.all([takeBaseBackup(primary, `clone for ${place.folder}`, { archive: tar.stdin, manifest }), ended])
  } finally {
    tar.kill()
  }
}

async function giveTo(place: Place, folder: string): Promise<void> {
  if (place.user === undefined) return
  const { uid, gid } = place.user
  await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, folder], { cwd: childOptions(place).cwd })
}

function own(place: Place, file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600, flush: true })
  if (place.user !== undefined) chownSync(file, place.user.uid, place.user.gid)
}
