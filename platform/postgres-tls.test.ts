import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { TLSSocket } from 'node:tls'
import { isConnectionLost, openDatabase, openPool } from '#libs/sql/database.ts'
import { testServerUrl } from '#libs/testing/server.ts'
import { openAuthority } from './mtls-authority.ts'

interface Door {
  url(query: string): string
  file(name: string): string
  /** Cuts every connection that stands. */
  cut(): void
}

/** A door with TLS before the server of the run, with a certificate for localhost; `kind` plain says no to TLS, stuffed adds bytes to its yes. */
async function openDoor(t: TestContext, kind: 'secure' | 'plain' | 'stuffed' = 'secure'): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), 'bf-tls-'))
  const authority = await openAuthority(folder)
  const other = await openAuthority(join(folder, 'other'))
  const issued = await authority.issueServer({ subject: 'CN=localhost', dns: ['localhost'] })
  const client = await authority.issueClient({ subject: 'CN=bank' })
  writeFileSync(join(folder, 'stranger.pem'), other.certificate)
  writeFileSync(join(folder, 'client.pem'), client.certificate)
  writeFileSync(join(folder, 'client-key.pem'), client.key)
  const url = new URL(await testServerUrl())
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('data', () => {
      if (kind !== 'secure') return void socket.write(kind === 'plain' ? 'N' : 'SE')
      socket.write('S')
      const tls = { cert: issued.certificate, key: issued.key, ca: authority.certificate }
      const secure = new TLSSocket(socket, { isServer: true, requestCert: true, rejectUnauthorized: false, ...tls })
      const behind = connect(Number(url.port), url.hostname)
      secure.pipe(behind).pipe(secure)
      for (const [one, peer] of [
        [secure, behind],
        [behind, secure],
      ] as const)
        one.on('error', () => {}).on('close', () => peer.destroy())
    })
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { port } = server.address() as AddressInfo
  const file = (name: string): string => join(folder, name)
  return {
    url: (query) => `postgres://${url.username}:${url.password}@localhost:${port}/postgres?${query}`,
    file,
    cut: () => {
      for (const socket of open) socket.destroy()
      open.clear()
    },
  }
}

async function ask(url: string): Promise<unknown> {
  const sql = openPool({ url }, { name: 'tls-test', max: 1 })
  try {
    return (await sql`select 40 + 2 as answer`)[0]?.answer
  } catch (error) {
    return (error as { code?: string }).code
  } finally {
    await sql.end({ timeout: 1 })
  }
}

describe('a PostgreSQL URL with sslmode', { timeout: 60_000 }, () => {
  test('verify-full takes the certificate of its authority with the host name, and none of another authority', async (t) => {
    const { url, file } = await openDoor(t)
    const mine = `sslmode=verify-full&sslrootcert=${file('ca.pem')}`
    assert.equal(await ask(url(mine)), 42)
    assert.equal(await ask(url(`${mine}&sslcert=${file('client.pem')}&sslkey=${file('client-key.pem')}`)), 42)
    assert.match(String(await ask(url(`sslmode=verify-full&sslrootcert=${file('stranger.pem')}`))), /CERT|SIGNATURE/)
    assert.match(String(await ask(url('sslmode=verify-full'))), /CERT|SIGNATURE/)
    const elsewhere = (query: string): string => url(query).replace('@localhost', '@127.0.0.1')
    assert.equal(await ask(elsewhere(mine)), 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.equal(await ask(elsewhere(mine.replace('full', 'ca'))), 42)
  })

  test('require encrypts without asking who answers, unless an authority is named', async (t) => {
    const { url, file } = await openDoor(t)
    assert.equal(await ask(url('sslmode=require')), 42)
    assert.match(String(await ask(url(`sslmode=require&sslrootcert=${file('stranger.pem')}`))), /CERT|SIGNATURE/)
  })

  test('never goes on in the clear: neither where the server has no TLS, nor where somebody on the way adds to its yes', async (t) => {
    const plain = await openDoor(t, 'plain')
    const stuffed = await openDoor(t, 'stuffed')
    for (const { url } of [plain, stuffed]) assert.equal(await ask(url('sslmode=require')), 'CONNECTION_REFUSED_TLS')
  })

  test('a connection that is cut is a Fault, and the pool works on, again and again', async (t) => {
    const { url, file, cut } = await openDoor(t)
    const app = { url: url(`sslmode=verify-full&sslrootcert=${file('ca.pem')}`) }
    const database = openDatabase({ service: 'tls', app, appConnections: 3, readerConnections: 1 })
    t.after(() => database.close())
    for (let round = 0; round < 5; round++) {
      const asked = Promise.withResolvers<void>()
      const lost = database.transact(async (tx) => {
        await tx`select 1`
        asked.resolve()
        await tx`select pg_sleep(20)`
      })
      await asked.promise
      cut()
      await assert.rejects(lost, (error) => isConnectionLost(error))
      const answers = [1, 2, 3, 4].map((n) => database.transact(async (tx) => (await tx`select ${n}::int as n`)[0]?.n))
      assert.deepEqual(await Promise.all(answers), [1, 2, 3, 4])
    }
  })
})
