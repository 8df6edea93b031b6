import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { openAccount } from '#contracts/api/account.ts'
import { getBusinessDate } from '#contracts/api/ledger-days.ts'
import { BankApi, Refused } from './bank-api.ts'
import { ImportStopped } from './stopped.ts'

interface Asked {
  path: string
  key: string | undefined
  token: string | undefined
  body: Record<string, unknown>
}

type Answer = { status: number; body?: unknown; retryAfterS?: number }

const DATE = { business_date: '2026-01-01', bank_time: '2026-01-01T00:00:00.000Z', offset_ms: 0 }
const EURO = { body: { currency: 'EUR' } }

/** A bank that answers what the test says: only what a real one does not do on request, like being too busy. */
async function fakeBank(t: TestContext, answerTo: (asked: Asked, nth: number) => Answer) {
  const asked: Asked[] = []
  const server = createServer(async (request, reply) => {
    const one = await readRequest(request)
    asked.push(one)
    const { status, body, retryAfterS } = answerTo(one, asked.filter(({ path }) => path === one.path).length)
    if (retryAfterS !== undefined) reply.setHeader('retry-after', String(retryAfterS))
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const waits: string[] = []
  const by = {
    email: 'o@example.test',
    password: 'secret',
    askCode: () => Promise.resolve<string | undefined>('123456'),
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { api: new BankApi(url, by, (reason) => waits.push(reason)), asked, waits, by, url }
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return {
    path: String(request.url).replace('/api/v1', ''),
    key: request.headers['idempotency-key'] as string | undefined,
    token: request.headers.authorization,
    body: text === '' ? {} : JSON.parse(text),
  }
}

function tokens(name: string, expires_in = 900) {
  return { token_type: 'Bearer', access_token: name, expires_in, refresh_token: `refresh-${name}` }
}

function signedIn(name: string, expires_in = 900): Answer {
  return { status: 200, body: { status: 'SIGNED_IN', tokens: tokens(name, expires_in) } }
}

test('what the bank is too busy for is repeated under the same key', async (t) => {
  const { api, asked, waits } = await fakeBank(t, ({ path }, nth) => {
    if (path === '/auth/login') return signedIn('A')
    if (nth === 1) return { status: 429, body: { detail: 'slower' }, retryAfterS: 0 }
    if (nth === 2) return { status: 503, body: { detail: 'later' }, retryAfterS: 0 }
    return { status: 201, body: { account_id: 'x' } }
  })
  await api.signIn()
  assert.equal((await api.call(openAccount, EURO, { key: 'k-1' })).account_id, 'x')
  const opened = asked.filter(({ path }) => path === '/accounts')
  assert.deepEqual(
    opened.map(({ key }) => key),
    ['k-1', 'k-1', 'k-1'],
  )
  assert.deepEqual(waits, ['slower', 'later'])
})

test('a refusal is not repeated, and says its code, reason and field', async (t) => {
  const { api, asked } = await fakeBank(t, ({ path }) => {
    if (path === '/auth/login') return signedIn('A')
    const errors = [{ pointer: '/currency', detail: 'is odd' }]
    return { status: 400, body: { code: 'CURRENCY_NOT_OFFERED', detail: 'No such currency', errors } }
  })
  await api.signIn()
  await assert.rejects(api.call(openAccount, EURO), (error) => {
    assert.ok(error instanceof Refused)
    assert.deepEqual([error.code, error.message], ['CURRENCY_NOT_OFFERED', 'No such currency (/currency is odd)'])
    return true
  })
  assert.equal(asked.filter(({ path }) => path === '/accounts').length, 1)
})

test('a token that is about to end is exchanged once, however many requests wait for it', async (t) => {
  const { api, asked } = await fakeBank(t, ({ path, body }) => {
    if (path === '/auth/login') return signedIn('A', 30)
    if (path === '/auth/refresh')
      return { status: 200, body: tokens(body.refresh_token === 'refresh-A' ? 'B' : 'wrong') }
    return { status: 200, body: DATE }
  })
  await api.signIn()
  await Promise.all([1, 2, 3, 4].map(() => api.call(getBusinessDate, {})))
  assert.equal(asked.filter(({ path }) => path === '/auth/refresh').length, 1)
  const used = asked.filter(({ path }) => path === '/ledger/business-date').map(({ token }) => token)
  assert.deepEqual(used, Array(4).fill('Bearer B'))
})

test('a session that was ended elsewhere is opened again, once', async (t) => {
  let logins = 0
  const { api } = await fakeBank(t, ({ path, token }) => {
    if (path === '/auth/login') return signedIn(`login-${++logins}`)
    if (path === '/auth/refresh') return { status: 401, body: { code: 'REFRESH_TOKEN_WRONG', detail: 'Over' } }
    return token === 'Bearer login-2' ? { status: 200, body: DATE } : { status: 401, body: { code: 'UNAUTHENTICATED' } }
  })
  await api.signIn()
  assert.equal((await api.call(getBusinessDate, {})).business_date, '2026-01-01')
  assert.equal(logins, 2)
})

test('a second factor is asked for where the bank wants one, and without anybody to ask the import stops', async (t) => {
  const { api, asked, by, url } = await fakeBank(t, ({ path, body }) => {
    if (path === '/auth/login') return { status: 200, body: { status: 'MFA_REQUIRED', challenge_id: 'c-1' } }
    if (path === '/auth/mfa/verify' && body.code === '123456') return { status: 200, body: tokens('M') }
    return { status: 200, body: DATE }
  })
  await api.signIn()
  await api.call(getBusinessDate, {})
  assert.equal(asked.at(-1)?.token, 'Bearer M')
  const alone = new BankApi(url, { ...by, askCode: () => Promise.resolve(undefined) }, () => {})
  await assert.rejects(alone.signIn(), (error) => error instanceof ImportStopped && /second factor/.test(error.message))
})

test('wrong credentials stop the import in one line that names whom and where', async (t) => {
  const refusal = { code: 'CREDENTIALS_WRONG', detail: 'The address or the password is wrong' }
  const { api, url } = await fakeBank(t, () => ({ status: 401, body: refusal }))
  await assert.rejects(api.signIn(), (error) => {
    assert.ok(error instanceof ImportStopped)
    assert.equal(error.message, `cannot sign in as o@example.test at ${url}: ${refusal.detail} (CREDENTIALS_WRONG)`)
    return true
  })
})
