import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { openApiOf, type Route } from '#libs/http/openapi.ts'
import { encode } from '#libs/json/json.ts'

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const FILES = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' } as const
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>BankFlow API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>`

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#api', deepLinking: true, persistAuthorization: true, displayRequestDuration: true, docExpansion: 'list', validatorUrl: null })`

/** `GET /api/v1/openapi.json`, and at `/api/v1/docs` a page to browse and try it; `/` leads there where there is no app. */
export function registerDocumentation(
  server: FastifyInstance,
  routes: readonly Route[],
  { version, hasApp }: { version: string; hasApp: boolean },
): void {
  const document = encode(
    openApiOf(routes, {
      title: 'BankFlow',
      version,
      description:
        'A whole digital bank. Amounts are integers in minor units (`*_cents`). Refusals are RFC 9457 problems with a stable `code`. ' +
        'Writes that move money take an `Idempotency-Key`: the same key with the same request moves the money once.',
    }),
  )
  // Somebody who opens the printed address finds what there is to see.
  if (!hasApp) server.get('/', (_request, reply) => reply.redirect('/api/v1/docs'))
  server.get('/api/v1/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(document))
  server.get('/api/v1/docs', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', CSP).send(PAGE),
  )
  server.get('/api/v1/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START))
  for (const [name, type] of Object.entries(FILES)) {
    server.get(`/api/v1/docs/${name}`, async (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).send(await readFile(join(ASSETS, name))),
    )
  }
}
