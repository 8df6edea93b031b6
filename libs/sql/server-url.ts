import { isIP } from 'node:net'

/** One server of a URL. */
export interface Address {
  host: string
  port: number
}

/** How the way to a server is encrypted; paths of PEM files, read at each connection, so that renewed ones are taken by themselves. */
export interface ServerTls {
  /** `require` encrypts only, unless an authority is named; `verify-ca` wants a certificate of the authority, `verify-full` one with the host's name. */
  mode: 'require' | 'verify-ca' | 'verify-full'
  /** The authorities; those of the system unless named. */
  authority?: string
  certificate?: string
  key?: string
}

/** What a PostgreSQL URL says. */
export interface ServerUrl {
  hosts: readonly Address[]
  database: string
  user: string
  password: string
  tls: ServerTls | undefined
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']
const MODES = ['disable', 'require', 'verify-ca', 'verify-full']

/**
 * Reads `postgres://user:password@one:5432,two:5432/database?sslmode=verify-full&sslrootcert=ca.pem`: one server or several with commas. Throws a
 * TypeError with the reason (the end of a sentence, without the URL, which is secret).
 */
export function parseServerUrl(url: string): ServerUrl {
  const parts = FORM.exec(url)
  if (parts === null) throw new TypeError('is no PostgreSQL URL')
  const [, user = '', password = '', hosts = '', database = '', query = ''] = parts
  return {
    hosts: hosts.split(',').map(addressOf),
    database: decoded(database) || decoded(user),
    user: decoded(user),
    password: decoded(password),
    tls: tlsOf(new URLSearchParams(query)),
  }
}

function addressOf(text: string): Address {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text)
  const host = decoded(parts?.[1] ?? '').replace(/^\[(.*)\]$/, '$1')
  const port = Number(parts?.[2] ?? 5432)
  if (host === '' || port < 1 || port > 65_535 || (text.startsWith('[') && isIP(host) !== 6))
    throw new TypeError('names a server that is no host:port')
  return { host, port }
}

function tlsOf(query: URLSearchParams): ServerTls | undefined {
  for (const name of query.keys())
    if (!PARAMETERS.includes(name)) throw new TypeError(`has an unknown parameter (known: ${PARAMETERS.join(', ')})`)
  const mode = query.get('sslmode') ?? (query.size > 0 ? '' : 'disable')
  if (!MODES.includes(mode)) throw new TypeError(`needs sslmode to be one of ${MODES.join(', ')}`)
  const [authority, certificate, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) => query.get(name))
  if ((certificate === null) !== (key === null)) throw new TypeError('needs both of sslcert and sslkey, or neither')
  if (mode === 'disable') {
    if (authority !== null || certificate !== null) throw new TypeError('names certificates with sslmode=disable')
    return undefined
  }
  return {
    mode: mode as ServerTls['mode'],
    ...(authority ? { authority } : {}),
    ...(certificate && key ? { certificate, key } : {}),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new TypeError('has a percent sign that is no encoding')
  }
}
