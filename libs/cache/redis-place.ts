/** Where Redis is, as its URL says. */
export interface RedisPlace {
  mode: 'single' | 'sentinel' | 'cluster'
  nodes: readonly { host: string; port: number }[]
  username: string | undefined
  password: string | undefined
  database: number
  /** What Sentinel calls the server. */
  master: string | undefined
  sentinel: { username: string | undefined; password: string | undefined }
  isTls: boolean
}

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/
const PORTS = { single: 6379, sentinel: 26379, cluster: 6379 } as const
const OPTIONS: ReadonlySet<string> = new Set(['sentinel_username', 'sentinel_password'])

export const REDIS_FORMS =
  'redis://host:port/database, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port (rediss for TLS)'

/** The place behind a URL, or what is wrong with it (without its secrets). */
export function redisPlaceOf(url: string): RedisPlace | { refusal: string } {
  const found = FORM.exec(url)
  if (found === null) return { refusal: 'is no address of Redis' }
  const [, tls, kind, credentials, hosts = '', path = '', query = ''] = found
  const mode = (kind ?? 'single') as RedisPlace['mode']
  const nodes = hosts.split(',').map((host) => nodeOf(host, PORTS[mode]))
  const bad = nodes.indexOf(undefined)
  if (bad >= 0) return { refusal: `has no host and port at its address ${bad + 1}` }
  if (mode === 'single' && nodes.length > 1)
    return { refusal: 'names several servers: say redis+sentinel or redis+cluster' }
  const options = new URLSearchParams(query)
  const unknown = [...options.keys()].some((name) => mode !== 'sentinel' || !OPTIONS.has(name))
  if (unknown) return { refusal: 'has an option that is not known' }
  const parts = path === '' ? [] : path.split('/')
  const master = mode === 'sentinel' ? parts.shift() : undefined
  if (mode === 'sentinel' && master === undefined) return { refusal: 'names no master (redis+sentinel://…/master)' }
  const [database = '0', ...more] = parts
  if (more.length > 0 || !/^\d{1,4}$/.test(database)) return { refusal: 'has a path that is no number of a database' }
  if (mode === 'cluster' && database !== '0') return { refusal: 'names a database, and a cluster has only one' }
  const text = (name: string): string | undefined => options.get(name) ?? undefined
  return {
    ...{ mode, nodes: nodes as RedisPlace['nodes'], database: Number(database), master, isTls: tls === 's' },
    ...credentialsOf(credentials),
    sentinel: { username: text('sentinel_username'), password: text('sentinel_password') },
  }
}

function nodeOf(text: string, usual: number): { host: string; port: number } | undefined {
  const [, host, port] = NODE.exec(text) ?? []
  if (host === undefined || Number(port ?? usual) > 65_535 || Number(port ?? usual) === 0) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? usual) }
}

function credentialsOf(text: string | undefined): Pick<RedisPlace, 'username' | 'password'> {
  const [username = '', ...rest] = (text ?? '').split(':')
  const plain = (part: string): string | undefined => (part === '' ? undefined : decoded(part))
  return { username: plain(username), password: plain(rest.join(':')) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
