import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Notes every route that is registered from now on; the result tells which methods the path of a request has, none where it has no route. */
export function followRoutes(server: FastifyInstance): (request: FastifyRequest) => string[] {
  const methods = new Map<string, Set<string>>()
  server.addHook('onRoute', ({ method, url }) => {
    // A wildcard matches every path, and says nothing about one of them.
    if (url.includes('*')) return
    const known = methods.get(url) ?? new Set()
    for (const name of [method].flat()) known.add(name)
    methods.set(url, known)
  })
  let table: { pattern: RegExp; methods: Set<string> }[] | undefined
  return (request) => {
    table ??= [...methods].map(([url, names]) => ({ pattern: patternOf(url), methods: names }))
    const path = request.url.split('?', 1)[0] as string
    const found = table.filter(({ pattern }) => pattern.test(path)).flatMap((row) => [...row.methods])
    return [...new Set(found)].sort()
  }
}

/** `/accounts/:account_id` as a pattern of paths. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)))
  return new RegExp(`^${parts.join('/')}$`)
}
