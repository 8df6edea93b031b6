import { hash, randomBytes } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, platformProblems } from '#libs/problem/problem.ts'

interface WebAppOptions {
  /** Where the app is built to: `index.html`, and what it is made of in `assets`. It may be built while the bank runs. */
  folder: string
}

/** The route of the app's parts, which no limit counts. */
export const ASSETS_ROUTE = '/assets/:name'

/** What the build writes where a nonce belongs; each answer gets its own. */
const NONCE_PLACE = '__CSP_NONCE__'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}
/** One file of the folder itself: no separator, no way up, nothing hidden. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/
/** What is no page of the app, whatever a browser accepts: a mistyped path must not be answered by it. */
const NOT_A_PAGE = /^\/(api|assets|sandbox|internal|health|ready|metrics)(\/|$)/
const YEAR_S = 31_536_000
const MOST_FILES = 1_000

interface StoredFile {
  bytes: Buffer
  type: string
  etag: string
  changedMs: number
  size: number
}

/**
 * Serves the web app: its parts under `/assets`, for ever the same under their hashed names, and its one page everywhere else that a browser
 * goes to. A part that is not there is a 404, never the page: a tab of an older version must notice. The API goes on where nothing is built.
 */
export function registerWebApp(server: FastifyInstance, { folder }: WebAppOptions): void {
  const read = reader()
  server.get<{ Params: { name: string } }>(ASSETS_ROUTE, async (request, reply) => {
    const file = await read(join(folder, 'assets'), request.params.name)
    if (file === undefined) throw new Problem(platformProblems.NOT_FOUND)
    return send(request, reply, file, `public, max-age=${YEAR_S}, immutable`)
  })
  const page = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = request.url.split('?', 1)[0] as string
    if (NOT_A_PAGE.test(path)) return notFound(reply)
    const beside = path.lastIndexOf('/') === 0 ? await read(folder, path.slice(1)) : undefined
    if (beside !== undefined && path !== '/index.html') return send(request, reply, beside, 'no-cache')
    if (path !== '/' && !acceptsPage(request)) return notFound(reply)
    const index = await read(folder, 'index.html')
    return index === undefined ? notBuilt(reply) : sendPage(reply, index)
  }
  server.get('/', page)
  server.get('/*', page)
}

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound()
  return reply
}

function acceptsPage({ headers }: FastifyRequest): boolean {
  return /(^|[,\s])text\/html\b/i.test(headers.accept ?? '')
}

/** A page with a nonce of its own; so it is never the same twice, and nobody keeps it. */
function sendPage(reply: FastifyReply, { bytes }: StoredFile): FastifyReply {
  const nonce = randomBytes(16).toString('base64url')
  return reply
    .type(TYPES['.html'] as string)
    .headers({ 'cache-control': 'no-cache', 'content-security-policy': pagePolicy(nonce) })
    .send(bytes.toString('utf8').replaceAll(NONCE_PLACE, nonce))
}

/** Only our own scripts, styles that have the nonce (the ones that components make), and no text that becomes markup. */
function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .headers({ 'retry-after': '10', 'cache-control': 'no-store' })
    .type('text/plain; charset=utf-8')
    .send('The web app of this bank is not built yet. The API answers below /api/v1; /api/v1/docs describes it.\n')
}

function send(request: FastifyRequest, reply: FastifyReply, file: StoredFile, cacheControl: string): FastifyReply {
  reply.headers({ etag: file.etag, 'cache-control': cacheControl })
  const known = String(request.headers['if-none-match'] ?? '')
  if (known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === file.etag)) return reply.code(304).send()
  return reply.type(file.type).send(file.bytes)
}

/** Reads files of a folder by name; what did not change since is answered from memory. Undefined for what is no file of a known kind there. */
function reader(): (folder: string, name: string) => Promise<StoredFile | undefined> {
  const kept = new Map<string, StoredFile>()
  return async (folder, name) => {
    const type = TYPES[extname(name)]
    if (!FILE_NAME.test(name) || type === undefined) return undefined
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    // A link could lead out of the folder.
    if (found?.isFile() !== true) return undefined
    const known = kept.get(path)
    if (known?.changedMs === found.mtimeMs && known.size === found.size) return known
    const bytes = await readFile(path)
    const etag = `"${hash('sha256', bytes, 'base64url').slice(0, 27)}"`
    const file = { bytes, type, etag, changedMs: found.mtimeMs, size: found.size }
    if (kept.size >= MOST_FILES) kept.clear()
    kept.set(path, file)
    return file
  }
}
