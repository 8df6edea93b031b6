import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { EmbeddedServerError } from '#platform/embedded/embedded-server-error.ts'
import type { ServerUser } from '#platform/embedded/unprivileged-user.ts'

/** Makes the folder that finished log files are copied to, writable by the server's user alone. */
export function makeArchive(folder: string, user: ServerUser | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (user === undefined) return
  chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
}

/**
 * What the server runs for each finished log file. A file gets its name when it is whole and on the disk; one that is there already must be the
 * same (a promoted server sends its predecessor's last one again), anything else fails and is tried again by the server.
 */
export function archiveCommand(folder: string): string {
  const quoted = quotedForShell(folder)
  const to = `${quoted}/%f`
  return `if test -f ${to}; then cmp -s %p ${to}; else cp %p ${to}.new && sync ${to}.new && mv ${to}.new ${to} && sync ${quoted}; fi`
}

/**
 * What a server that is restored runs for each log file that it wants. One that is not there is the end of the log; one that cannot be read (255)
 * ends the recovery, which would otherwise stop there and seem to have come to the end.
 */
export function restoreCommand(folder: string): string {
  const quoted = quotedForShell(folder)
  return `test -r ${quoted} -a -x ${quoted} || exit 255; test -e ${quoted}/%f || exit 1; cp ${quoted}/%f %p || exit 255`
}

/** The server replaces %-signs in its commands; a name with one, or with a quote, cannot be told apart. */
function quotedForShell(folder: string): string {
  if (/['%\n]/.test(folder))
    throw new EmbeddedServerError(`${folder}: an archive's name may have no quote, percent sign or line break`)
  return `'${folder}'`
}
