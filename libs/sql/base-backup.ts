import type { Readable, Writable } from 'node:stream'
import { openPool, type Target } from './database.ts'

/** Where the parts of a base back-up go: one tar of the whole data folder, and the list of its files with their sums. */
export interface BaseBackupParts {
  archive: Writable
  manifest: Writable
}

/** What a finished base back-up starts from. */
export interface BaseBackup {
  /** Where the recovery of this copy begins in the server's log. */
  start_lsn: string
  timeline: number
  bytes: number
}

/**
 * Takes a base back-up of a running server (PostgreSQL 15 or newer) over the replication protocol: no program of PostgreSQL's, no access to its disk.
 * The log that the copy needs is in it, so that it starts by itself. `user` of the target may replicate. Throws when the server has tablespaces
 * of its own, and what the server or a part's stream threw; both streams are ended only when all is written.
 */
export async function takeBaseBackup(target: Target, label: string, parts: BaseBackupParts): Promise<BaseBackup> {
  const sql = openPool(target, { name: 'bankflow-backup', max: 1, statementTimeoutMs: 0, replication: true })
  try {
    const [system] = await sql.unsafe<{ timeline: string; xlogpos: string }[]>('IDENTIFY_SYSTEM')
    const quotedLabel = label.replaceAll("'", "''")
    const command = `BASE_BACKUP (LABEL '${quotedLabel}', CHECKPOINT 'fast', WAL true, WAIT false, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')`
    const stream = await sql.unsafe(command).readable()
    const bytes = await dealOut(stream, parts)
    // The next statement is answered after everything of the last one: a back-up that failed at its end throws here.
    const [after] = await sql.unsafe<{ timeline: string }[]>('IDENTIFY_SYSTEM')
    if (system === undefined || after?.timeline !== system.timeline)
      throw new Error('the server was promoted while it was backed up; take the back-up again')
    return { start_lsn: system.xlogpos, timeline: Number(system.timeline), bytes }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The first byte of each message says what it is ("BASE_BACKUP" in the protocol); each arrives whole, as one chunk. */
const [NEW_ARCHIVE, MANIFEST, DATA] = ['n', 'm', 'd'].map((letter) => letter.charCodeAt(0))

function dealOut(stream: Readable, parts: BaseBackupParts): Promise<number> {
  return new Promise((resolve, reject) => {
    let into: Writable | undefined
    let bytes = 0
    const fail = (error: Error): void => {
      stream.destroy()
      reject(error)
    }
    for (const part of [parts.archive, parts.manifest]) part.on('error', fail)
    stream.on('error', fail)
    stream.on('data', (message: Buffer) => {
      const [kind] = message
      if (kind === NEW_ARCHIVE && into !== undefined) fail(new Error('a server with tablespaces cannot be backed up'))
      else if (kind === NEW_ARCHIVE) into = parts.archive
      else if (kind === MANIFEST) into = parts.manifest
      else if (kind === DATA && into !== undefined) {
        bytes += message.length - 1
        const part = into
        if (part.write(message.subarray(1))) return
        stream.pause()
        part.once('drain', () => stream.resume())
      }
    })
    stream.on('end', () => {
      // The driver stops its socket when a piece is not taken at once, and goes on when more is asked for: after the last piece nobody asks.
      stream._read(0)
      if (into !== parts.manifest) return fail(new Error('the server ended the back-up before it was whole'))
      const ends = [parts.archive, parts.manifest].map(
        (part) => new Promise<void>((ended) => void part.end(() => ended())),
      )
      void Promise.all(ends).then(() => resolve(bytes))
    })
  })
}
