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
const NO_OPTIONS: ReadonlySet<string> = new Set()

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
  const told = credentialsOf(credentials)
  const options = optionsOf(query)
  if (told === undefined || options === undefined)
    return { refusal: 'has a % that encodes no character (% itself is %25)' }
  const known = mode === 'sentinel' ? OPTIONS : NO_OPTIONS
  if (options.some(([name], i) => !known.has(name) || options.findIndex(([other]) => other === name) !== i))
    return { refusal: 'has an option that is not known, or one twice' }
  const text = (name: string): string | undefined => options.find(([other]) => other === name)?.[1] || undefined
  const sentinel = { username: text('sentinel_username'), password: text('sentinel_password') }
  if ([told, sentinel].some(({ username, password }) => username !== undefined && password === undefined))
    return { refusal: 'names a user without a password (user:password@)' }
  const parts = path === '' ? [] : path.split('/')
  const master = mode === 'sentinel' ? parts.shift() : undefined
  if (mode === 'sentinel' && master === undefined) return { refusal: 'names no master (redis+sentinel://…/master)' }
  const [database = '0', ...more] = parts
  if (more.length > 0 || !/^\d{1,4}$/.test(database)) return { refusal: 'has a path that is no number of a database' }
  if (mode === 'cluster' && database !== '0') return { refusal: 'names a database, and a cluster has only one' }
  return {
    ...{ mode, nodes: nodes as RedisPlace['nodes'], database: Number(database), master, isTls: tls === 's' },
    ...told,
    sentinel,
  }
}

function nodeOf(text: string, usual: number): { host: string; port: number } | undefined {
  const [, host, port] = NODE.exec(text) ?? []
  if (host === undefined || Number(port ?? usual) > 65_535 || Number(port ?? usual) === 0) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? usual) }
}

function credentialsOf(text = ''): Pick<RedisPlace, 'username' | 'password'> | undefined {
  const [name = '', ...rest] = text.split(':')
  const [username, password] = [decoded(name), decoded(rest.join(':'))]
  if (username === undefined || password === undefined) return undefined
  return { username: username || undefined, password: password || undefined }
}

/** Names and values; a + is a +, as it is in the passwords of the rest of the address. */
function optionsOf(query: string): [name: string, value: string][] | undefined {
  const options: [string, string][] = []
  for (const option of query === '' ? [] : query.split('&')) {
    const [name = '', ...rest] = option.split('=')
    const value = decoded(rest.join('='))
    if (value === undefined) return undefined
    options.push([name, value])
  }
  return options
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
