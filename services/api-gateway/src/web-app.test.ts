import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request as ask, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createHttpServer } from '#libs/http/server.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { registerWebApp } from './web-app.ts'

const PAGE = `<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><script type="module" src="/assets/app-1.js"></script>`
const SECRET = 'the key of the bank'
const PAGES = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** A gateway with an API of one route and the app, on a real socket; paths are sent as they are written. */
async function openApp(t: TestContext, isBuilt = true) {
  const home = await mkdtemp(join(tmpdir(), 'bankflow-app-'))
  const folder = join(home, 'dist')
  await writeFile(join(home, 'master.js'), SECRET)
  const build = async (): Promise<void> => {
    await mkdir(join(folder, 'assets/deeper.js'), { recursive: true })
    await writeFile(join(folder, 'index.html'), PAGE)
    await writeFile(join(folder, 'favicon.svg'), '<svg/>')
    await writeFile(join(folder, '.env.js'), SECRET)
    for (const name of ['app-1.js', 'app-1.css', 'font.woff2']) await writeFile(join(folder, 'assets', name), name)
    await writeFile(join(folder, 'assets', 'program.sh'), SECRET)
    await symlink(join(home, 'master.js'), join(folder, 'assets', 'link.js'))
  }
  if (isBuilt) await build()
  const log = createLog({ service: 'test', level: 'silent' })
  const server = createHttpServer({ log, bodyLimitBytes: 1024, constraints: {} })
  server.post('/api/v1/things', async () => ({}))
  server.get('/api/v1/things/:id', async () => ({}))
  registerWebApp(server, { folder })
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(async () => {
    await server.close()
    await rm(home, { recursive: true, force: true })
  })
  const { port } = server.server.address() as { port: number }
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; text: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
      ask({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }))
      })
        .on('error', reject)
        .end()
    })
  return { get, build, folder }
}

describe('the web app', () => {
  test('is one page for every path that a browser goes to, with a policy and a nonce of its own each time', async (t) => {
    const { get } = await openApp(t)
    const nonces = new Set<string>()
    for (const path of ['/', '/accounts', '/accounts/42/history?page=2', '/index.html', '/apiary']) {
      const { status, text, headers } = await get(path, PAGES)
      assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8'], path)
      assert.deepEqual([headers['cache-control'], headers.etag], ['no-cache', undefined])
      const nonce = /nonce="([A-Za-z0-9_-]{22})"/.exec(text)?.[1] ?? ''
      const policy = String(headers['content-security-policy']).split('; ')
      assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), `${path}: ${policy}`)
      for (const line of [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
      ])
        assert.ok(policy.includes(line), line)
      assert.doesNotMatch(policy.join(), /unsafe/)
      nonces.add(nonce)
    }
    assert.equal(nonces.size, 5)
  })

  test('has parts that browsers keep for a year under their names, of the right kind, and sends none twice', async (t) => {
    const { get } = await openApp(t)
    for (const [name, type] of [
      ['app-1.js', 'text/javascript; charset=utf-8'],
      ['app-1.css', 'text/css; charset=utf-8'],
      ['font.woff2', 'font/woff2'],
    ] as const) {
      const { status, text, headers } = await get(`/assets/${name}`)
      assert.deepEqual([status, text, headers['content-type']], [200, name, type])
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
      const again = await get(`/assets/${name}`, { 'if-none-match': `"other", ${headers.etag}` })
      assert.deepEqual([again.status, again.text], [304, ''])
    }
    const icon = await get('/favicon.svg', { accept: 'image/*' })
    assert.deepEqual(
      [icon.status, icon.headers['content-type'], icon.headers['cache-control']],
      [200, 'image/svg+xml', 'no-cache'],
    )
  })

  test('a part that is gone is missing, never the page, whatever is accepted', async (t) => {
    const { get } = await openApp(t)
    for (const path of [
      '/assets/app-0.js',
      '/assets/deeper.js',
      '/assets/program.sh',
      '/assets/',
      '/assets',
      '/assets/a/b.js',
    ])
      assert.equal((await get(path, PAGES)).status, 404, path)
    assert.equal((await get('/robots.txt')).status, 404)
    assert.equal((await get('/accounts', { accept: 'application/json' })).status, 404)
  })

  test('no path leads out of its folder', async (t) => {
    const { get } = await openApp(t)
    const ways = ['..', '%2e%2e', '.%2e', '..%2f', '..%5c', '%2e%2e%2f', '..;', '%252e%252e%252f', '....//']
    const paths = ways.flatMap((up) => [
      `/assets/${up}/master.js`,
      `/assets/${up}/${up}/master.js`,
      `/assets/${up}${up}master.js`,
      `/${up}/master.js`,
      `/${up}master.js`,
    ])
    for (const path of [
      ...paths,
      '/assets/link.js',
      '/assets//etc/passwd',
      '//etc/passwd',
      '/.env.js',
      '/assets/app-1.js%00',
    ])
      for (const headers of [{}, PAGES]) {
        const { text } = await get(path, headers)
        assert.equal(text.includes(SECRET) || text.includes('root:'), false, path)
      }
  })

  test('stands beside the API: unknown paths and wrong methods there are told as ever', async (t) => {
    const { get } = await openApp(t)
    for (const path of ['/api/v1/nothing', '/api', '/sandbox/nothing', '/internal/keys', '/health/x'])
      assert.deepEqual([(await get(path, PAGES)).status, path], [404, path])
    const wrong = await get('/api/v1/things', PAGES)
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'POST'])
    assert.equal((await get('/api/v1/things/7')).status, 200)
    assert.equal((await get('/accounts', PAGES, 'POST')).status, 404)
  })

  test('before it is built the API goes on and the page says so; once built it is there', async (t) => {
    const { get, build } = await openApp(t, false)
    for (const path of ['/', '/accounts']) {
      const { status, text, headers } = await get(path, PAGES)
      assert.deepEqual([status, headers['retry-after']], [503, '10'])
      assert.match(text, /not built yet/)
    }
    assert.equal((await get('/assets/app-1.js')).status, 404)
    assert.equal((await get('/api/v1/things/7')).status, 200)
    await build()
    assert.equal((await get('/', PAGES)).status, 200)
  })

  test('a new build is served at once', async (t) => {
    const { get, folder } = await openApp(t)
    await get('/', PAGES)
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>the second build</title>')
    assert.match((await get('/', PAGES)).text, /the second build/)
  })
})
