import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { softAuthenticator } from '#services/identity-service/testing/authenticator.ts'
import { startEmbeddedServer } from './embedded/server.ts'
import { makeTemporaryHome } from './embedded/temporary-home.ts'
import { type Api, aKey } from './testing/api.ts'
import { SpawnedBank } from './testing/spawned-bank.ts'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)

interface Ended {
  code: number
  stderr: string
}

/** Starts the program with these settings, which it must refuse before it makes anything. */
async function refused(env: Record<string, string>): Promise<Ended> {
  const home = join(await makeTemporaryHome('bankflow-refused-'), 'home')
  try {
    const how = await ended({ BANKFLOW_HOME: home, ...env })
    assert.ok(!existsSync(join(home, 'postgres')), 'a refused start made a database')
    return how
  } finally {
    await rm(join(home, '..'), { recursive: true, force: true })
  }
}

/** What the first admin's browser does with the link, and then with the passkey; answers his access token. */
async function enrolFirst(api: Api, invitation: string, origin: string): Promise<string> {
  const key = softAuthenticator({ origin })
  const step = async (fields: Record<string, string>): Promise<string> => {
    const body = new URLSearchParams(fields)
    const answer = await fetch(`${api.url}/api/v1/auth/enrol`, { method: 'POST', headers: { origin }, body })
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    return text
  }
  const asked = /data-passkey="([^"]*)"/.exec(await step({ invitation }))?.[1] as string
  const credential = key.create(JSON.parse(asked.replaceAll('&quot;', '"')))
  assert.match(await step({ invitation, name: 'Token', credential: JSON.stringify(credential) }), /passkey is ready/)
  const { body: started } = await api.expect(200, api.post('/auth/passkeys/login/options', {}))
  const body = { ceremony_id: started.ceremony_id, passkey: key.get(started.options) }
  return (await api.expect(200, api.post('/auth/passkeys/login', body))).body.tokens.access_token
}

/** Starts the program and waits for its end, a minute at most. */
async function ended(env: Record<string, string>): Promise<Ended> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BANKFLOW_')))
  try {
    const args = ['tools/launch.mjs', 'platform/start.ts']
    await run(process.execPath, args, { cwd: ROOT, env: { ...inherited, ...env }, timeout: 60_000 })
    return { code: 0, stderr: '' }
  } catch (error) {
    return error as Ended
  }
}

/** Sees a demo bank in the middle of its history; answers the business date. */
async function inHistory(api: Api): Promise<string> {
  const { body: ready } = await api.expect(200, api.get('/ready'))
  const part = ready.parts.find(({ name }: { name: string }) => name === 'history')
  assert.equal(part?.isReady, true)
  assert.match(part.detail, /it has come to \d{4}-\d{2}-\d{2}/)
  const token = await api.signIn('teller')
  const cash = { account_id: newId(), amount_cents: 100, currency: 'EUR' }
  const refused = await api.post('/transactions/deposit', cash, { token, key: aKey() })
  const { code, outcome, business_date } = refused.body
  assert.deepEqual([refused.status, code, outcome], [503, 'HISTORY_LOADING', 'nothing_moved'])
  assert.equal(refused.headers.get('retry-after'), '5')
  assert.ok(business_date < new Date().toISOString().slice(0, 10), business_date)
  return business_date
}

describe('npm start', () => {
  for (const [what, env, says] of [
    [
      'a misspelt setting',
      { BANKFLOW_PROFLE: 'sandbox' },
      /BANKFLOW_PROFLE is not a setting; did you mean BANKFLOW_PROFILE\?/,
    ],
    ['a port that is none', { PORT: 'eighty' }, /PORT: "eighty" is not a whole number/],
    ['a bound that is crossed', { BANKFLOW_FRAUD_TIMEOUT_S: '0' }, /BANKFLOW_FRAUD_TIMEOUT_S: "0" is out of bounds/],
    ['a sandbox that strangers could reach', { HOST: '0.0.0.0' }, /HOST: a sandbox/],
    ['an unknown service', { SERVICE: 'treasury', DATABASE_URL: 'postgres://x' }, /SERVICE: "treasury" is no service/],
    ['one service without a database', { SERVICE: 'ledger' }, /needs a database/],
    ['production without a key of its own', { BANKFLOW_PROFILE: 'production' }, /BANKFLOW_MASTER_KEY_FILE is not set/],
    [
      'demo customers in production',
      { BANKFLOW_PROFILE: 'production', BANKFLOW_DEMO: 'full' },
      /BANKFLOW_DEMO: a production bank has no demo customers/,
    ],
    [
      'a demo bank in pieces',
      { BANKFLOW_PROFILE: 'sandbox', SERVICE: 'ledger', DATABASE_URL: 'postgres://x', BANKFLOW_DEMO: 'full' },
      /BANKFLOW_DEMO: the demo bank lives in one process/,
    ],
    [
      'a published second factor beside a real key',
      {
        BANKFLOW_PROFILE: 'conformance',
        BANKFLOW_PUBLIC_ORIGIN: 'https://bank.test',
        BANKFLOW_MASTER_KEY_FILE: '/run/master.key',
      },
      /BANKFLOW_MASTER_KEY_FILE: the profile conformance has a published second factor/,
    ],
    [
      'a published code in a bank that no suite tests',
      { BANKFLOW_PROFILE: 'sandbox', BANKFLOW_CONFORMANCE_CODE: '24681357' },
      /BANKFLOW_CONFORMANCE_CODE: only the profile conformance has such a code/,
    ],
  ] as const) {
    test(`refuses ${what} with one clear line`, async () => {
      const { code, stderr } = await refused(env)
      assert.equal(code, 1)
      const lines = stderr.trim().split('\n')
      assert.equal(lines.length, 1, stderr)
      assert.match(lines[0] as string, says)
    })
  }

  test('refuses a port that is taken before it makes anything, with one clear line', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await refused({ PORT: String(port) })
    assert.equal(code, 1)
    assert.match(stderr, /^BankFlow did not start: the port is taken \(.*\).*set PORT to another one\n$/)
  })

  test('says in one line that the database cannot be reached, or refuses the password, which it never shows', async (t) => {
    const home = await makeTemporaryHome('bankflow-elsewhere-')
    const server = await startEmbeddedServer({ home, log: () => {}, listen: 'loopback', durable: false })
    t.after(async () => {
      await server.stop()
      await rm(home, { recursive: true, force: true })
    })
    const sandbox = { BANKFLOW_PROFILE: 'sandbox', PORT: '0' }
    const nobody = await refused({ ...sandbox, DATABASE_URL: 'postgres://bank:s3cret@127.0.0.1:1/postgres' })
    assert.match(
      nobody.stderr,
      /^BankFlow did not start: the database cannot be reached \(ECONNREFUSED 127\.0\.0\.1:1\).*\n$/,
    )
    const wrong = await refused({ ...sandbox, DATABASE_URL: server.url('postgres', 'postgres', 's3cret') })
    assert.match(wrong.stderr, /^BankFlow did not start: the database refuses the user or the password.*\n$/)
    for (const { code, stderr } of [nobody, wrong]) {
      assert.equal(code, 1)
      assert.doesNotMatch(stderr, /s3cret/)
    }
  })

  test('production has no sandbox: no mailbox, no clock, no demo users; its first admin enrols a passkey by a link, and no password is right', {
    timeout: 120_000,
  }, async (t) => {
    const home = await makeTemporaryHome('bankflow-production-')
    const key = join(home, 'master.key')
    const env = {
      BANKFLOW_HOME: home,
      BANKFLOW_PROFILE: 'production',
      BANKFLOW_MASTER_KEY_FILE: key,
      BANKFLOW_PUBLIC_ORIGIN: 'https://bank.test',
      BANKFLOW_LOG_LEVEL: 'error',
      PORT: '0',
    }
    const spawned = new SpawnedBank(env)
    t.after(async () => {
      await spawned.stop()
      await rm(home, { recursive: true, force: true })
    })
    const seed = (...args: string[]): Promise<{ stdout: string }> =>
      run(process.execPath, ['tools/launch.mjs', 'tools/seed.ts', ...args], {
        cwd: ROOT,
        env: { ...process.env, ...env },
      })
    await seed('--master-key', key)
    await assert.rejects(seed('--master-key', key), 'a key file was overwritten')
    const { stdout } = await seed('--admin', 'first@bank.test')
    const invitation = /https:\/\/bank\.test\/api\/v1\/auth\/enrol#([A-Za-z0-9_-]{43})/.exec(stdout)?.[1]
    assert.ok(invitation, stdout)
    await assert.rejects(seed('--admin', 'first@bank.test'), 'the first admin was made twice')
    const api = await spawned.start()
    assert.doesNotMatch(spawned.output, /Demo-bank/)
    for (const path of ['/sandbox/mailbox?to=a@b.test', '/sandbox/clock'])
      assert.equal((await api.get(path)).status, 404, path)
    const demo = await api.post('/auth/login', { email: 'officer@demo.bankflow.test', password: 'Demo-bank-2026' })
    assert.deepEqual([demo.status, demo.body.code], [401, 'CREDENTIALS_WRONG'])
    const guessed = await api.post('/auth/login', { email: 'first@bank.test', password: 'a guess of somebody' })
    assert.deepEqual([guessed.status, guessed.body.code], [401, 'CREDENTIALS_WRONG'])
    const admin = await enrolFirst(api, invitation, 'https://bank.test')
    const me = await api.expect(200, api.get('/auth/me', { token: admin }))
    assert.deepEqual([me.body.email, me.body.roles], ['first@bank.test', ['admin']])
    assert.equal(await spawned.stop(), 0)
  })

  test('a home takes one start at a time, and one that was a sandbox never becomes a production bank', {
    timeout: 120_000,
  }, async (t) => {
    const home = await makeTemporaryHome('bankflow-was-sandbox-')
    const sandbox = new SpawnedBank({ BANKFLOW_HOME: home, PORT: '0' })
    t.after(async () => {
      await sandbox.stop()
      await rm(home, { recursive: true, force: true })
    })
    await sandbox.start()
    const second = { BANKFLOW_HOME: home, PORT: '0' }
    const { code, stderr } = await ended(second)
    assert.equal(code, 1)
    assert.match(stderr, /^BankFlow did not start: another BankFlow \(process \d+\) already runs on .*\n$/)
    assert.equal(await sandbox.stop(), 0)
    const production = new SpawnedBank({
      BANKFLOW_HOME: home,
      PORT: '0',
      BANKFLOW_PROFILE: 'production',
      BANKFLOW_MASTER_KEY_FILE: join(home, 'keys', 'master.key'),
    })
    await assert.rejects(production.start(), /demo users/)
  })

  test('serves the web app at /', {
    timeout: 180_000,
  }, async (t) => {
    const home = await makeTemporaryHome('bankflow-web-')
    const bank = new SpawnedBank({ BANKFLOW_HOME: home, PORT: '0' })
    t.after(async () => {
      await bank.stop()
      await rm(home, { recursive: true, force: true })
    })
    const api = await bank.start(120_000)
    const page = await fetch(api.url, { headers: { accept: 'text/html' } })
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    const script = /<script[^>]+src="([^"]+)"/.exec(await page.text())?.[1]
    assert.ok(script, 'the page loads the app')
    const { status, headers } = await fetch(new URL(script, api.url))
    assert.deepEqual([status, headers.get('content-type')?.split(';')[0]], [200, 'text/javascript'])
    assert.equal((await api.get('/openapi.json')).status, 200)
  })

  test('a demo bank lives through its year behind an API that answers, moves no money for people, and goes on after a kill', {
    timeout: 240_000,
  }, async (t) => {
    const home = await makeTemporaryHome('bankflow-demo-')
    const bank = new SpawnedBank({ BANKFLOW_HOME: home, PORT: '0', BANKFLOW_DEMO: 'full' })
    t.after(async () => {
      await bank.stop()
      await rm(home, { recursive: true, force: true })
    })
    const before = await inHistory(await bank.start())
    await bank.kill()
    const again = await bank.start()
    assert.ok((await inHistory(again)) >= before, 'the history began again')
    await eventually(async () => (await again.get('/sandbox/clock')).body.business_date > before, 60_000)
    assert.equal(await bank.stop(), 0)
  })
})
