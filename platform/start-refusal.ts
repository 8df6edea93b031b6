import { SettingsRefused } from '#libs/config/settings.ts'
import { KeyRefused } from '#libs/crypto/key-provider.ts'
import { EmbeddedServerError } from './embedded/embedded-server-error.ts'

/** SQLSTATEs and codes of the driver that an operator can do something about. None of their lines holds the URL, which has a password. */
const DATABASE_LINES: Readonly<Record<string, string>> = {
  '28P01': 'the database refuses the user or the password of DATABASE_URL',
  '28000': 'the database refuses the user of DATABASE_URL',
  '3D000': 'a database that DATABASE_URL leads to does not exist',
  '42501': 'the role of DATABASE_URL may not do what is needed: it must be able to create databases and roles',
  '53300': 'the database has no connection left',
  '57P03': 'the database is not ready yet',
}

/** Codes of libs/sql, of certificates that are not taken, and of files that hold none; their errors say which server and why. */
const NO_WAY =
  /^(CONNECTION_NO_PRIMARY|CONNECTION_REFUSED_TLS|ERR_(TLS|SSL|OSSL)_\w+|CERT_\w+|\w*(SELF_SIGNED|UNABLE_TO)_\w+)$/
/** Roles of services: nobody gives them a password, it comes from the master key. */
const OF_A_ROLE = /user "(\w+_(?:owner|app|reader))"/

const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'],
])

/** The one line of a failure that the person at the keyboard can mend; undefined for anything else, which keeps its stack. */
export function startRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof SettingsRefused || error instanceof KeyRefused || error instanceof EmbeddedServerError)
    return error.message
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE')
    return `the port is taken (${error.message}): stop what runs there, perhaps another BankFlow, or set PORT to another one`
  if (code === 'EACCES' && 'syscall' in error && error.syscall === 'listen')
    return `the port may not be opened (${error.message}): set PORT to one above 1023`
  if (code === 'EADDRNOTAVAIL' && 'syscall' in error && error.syscall === 'listen')
    return `HOST is no address of this machine (${error.message})`
  if (UNREACHABLE.has(code)) return `the database cannot be reached (${placeOf(error, code)}): is DATABASE_URL right?`
  if (NO_WAY.test(code)) return `the database cannot be reached (${error.message}): is DATABASE_URL right?`
  const [, role] = (code === '28P01' && OF_A_ROLE.exec(error.message)) || []
  if (role !== undefined)
    return `the database refuses the password of ${role}, which comes from the master key: is it the one of this database?`
  return DATABASE_LINES[code] ?? startRefusal(error.cause)
}

/** What could not be reached, as far as the error knows it. */
function placeOf(error: object, code: string): string {
  const { address, hostname, port } = error as { address?: unknown; hostname?: unknown; port?: unknown }
  const host = [address, hostname].flat().find((name) => typeof name === 'string')
  return host === undefined ? code : `${code} ${host}${port === undefined ? '' : `:${[port].flat()[0]}`}`
}
