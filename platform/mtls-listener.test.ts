import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { SettingsRefused } from '#libs/config/settings.ts'
import { signJwt } from '#libs/crypto/jwt.ts'
import { callersAtEdge } from '#libs/http/callers.ts'
import { peerCertificateOf, thumbprintOf } from '#libs/http/peer-certificate.ts'
import { createHttpServer } from '#libs/http/server.ts'
import { TokenVerifier } from '#libs/http/verifier.ts'
import { createLog } from '#libs/telemetry/log.ts'
import { generateEcKey, publicEcJwk } from '#libs/testing/bound-tokens.ts'
import { closeWithin, listenAt } from './listening.ts'
import {
  developmentFiles,
  type Issued,
  issueClientCertificate,
  type MtlsFiles,
  openAuthority,
} from './mtls-authority.ts'
import { listenTls, openMtlsDoor } from './mtls-listener.ts'

const PLACE = { port: 0, host: '127.0.0.1', maxConnections: 100 }
const ISSUER = 'https://bank.example.com'
const signer = generateEcKey()
const silent = createLog({ service: 'test', level: 'silent' })

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bankflow-mtls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A gateway with both doors, whose one operation tells the certificate and the caller it sees. */
async function openDoors(t: TestContext, { hasRevocations = false } = {}) {
  const folder = newFolder(t)
  const files: MtlsFiles = await developmentFiles(folder)
  const authority = await openAuthority(folder)
  if (hasRevocations) {
    files.revocations = join(folder, 'crl.pem')
    writeFileSync(files.revocations, await authority.revocationList([]))
  }
  const gateway = createHttpServer({ log: silent, bodyLimitBytes: 1024, constraints: {} })
  const source = {
    keys: async () => [publicEcJwk(signer)],
    revocations: async () => ({ session_ids: [], cursor: '' }),
    isActive: async () => true,
  }
  const verifier = new TokenVerifier(source, Date.now, (origin) => origin === ISSUER)
  const callers = callersAtEdge(verifier, () => [ISSUER])
  gateway.get('/seen', async (asked) => ({
    pem: callers.certificateOf(asked),
    thumbprint: peerCertificateOf(asked)?.thumbprint ?? null,
    client: (await callers.callerOf(asked)).client_id,
  }))
  gateway.get('/slow', async () => {
    await sleep(150)
    return { is_done: true }
  })
  const door = openMtlsDoor(gateway, files, silent)
  const plain = await listenAt(gateway, PLACE)
  const url = await listenTls(door.server, PLACE)
  t.after(() => closeWithin(gateway, 1, [door.server]))
  const ca = readFileSync(files.authority, 'utf8')
  const ask = (path: string, by?: Issued, options: RequestOptions = {}) =>
    answer(request(`${url}${path}`, { ca, cert: by?.certificate, key: by?.key, agent: false, ...options }))
  return { folder, files, authority, gateway, door, plain, url, ca, ask }
}

interface Answer {
  status: number
  body: { pem: string | null; thumbprint: string | null; client: string | null; is_done?: boolean }
}

async function answer(asked: ReturnType<typeof request>): Promise<Answer> {
  asked.end()
  const [response] = await once(asked, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode, body: JSON.parse(text) }
}

const nobody = (asked: Promise<unknown>): Promise<void> =>
  assert.rejects(asked, { code: /^(ERR_SSL|ECONNRESET|EPIPE)/ })
const SHOP = { subject: 'CN=A shop,O=Shops,C=PT' }

describe('the door for third parties', { timeout: 60_000 }, () => {
  test('FAPI 2.0 5.2.1, RFC 8705 2: lets in who has a certificate of the authority, by TLS 1.3 alone', async (t) => {
    const { folder, ask, authority } = await openDoors(t)
    const shop = await issueClientCertificate(folder, SHOP)
    const { status, body } = await ask('/seen', shop)
    assert.equal(status, 200)
    assert.equal(new X509Certificate(body.pem ?? '').subject, 'C=PT\nO=Shops\nCN=A shop')
    assert.equal(body.thumbprint, thumbprintOf(new X509Certificate(shop.certificate)))
    await nobody(ask('/seen'))
    await nobody(ask('/seen', await issueClientCertificate(newFolder(t), SHOP)))
    await nobody(ask('/seen', await authority.issueServer(SHOP)))
    await assert.rejects(ask('/seen', shop, { maxVersion: 'TLSv1.2' }))
  })

  test("RFC 8705 6.5: a certificate in a header is nobody's, at either door", async (t) => {
    const { folder, ask, plain } = await openDoors(t)
    const [shop, victim] = [await issueClientCertificate(folder, SHOP), await issueClientCertificate(folder, SHOP)]
    const pem = encodeURIComponent(victim.certificate)
    const names = ['x-client-cert', 'x-ssl-client-cert', 'ssl-client-cert', 'x-forwarded-client-cert', 'client-cert']
    const headers = Object.fromEntries(
      [...names, 'x-bankflow-certificate', 'x-bankflow-gateway'].map((name) => [name, pem]),
    )
    const { body } = await ask('/seen', shop, { headers })
    assert.equal(body.thumbprint, thumbprintOf(new X509Certificate(shop.certificate)))
    const beside = await answer(httpRequest(`${plain.replace('localhost', '127.0.0.1')}/seen`, { headers }))
    assert.deepEqual(beside.body, { pem: null, thumbprint: null, client: null })
  })

  test('RFC 8705 3: a token that is bound to a certificate is good on its connection alone', async (t) => {
    const { folder, ask, plain } = await openDoors(t)
    const [shop, thief] = [await issueClientCertificate(folder, SHOP), await issueClientCertificate(folder, SHOP)]
    const cnf = { 'x5t#S256': thumbprintOf(new X509Certificate(shop.certificate)) }
    const claims = { iss: ISSUER, aud: `${ISSUER}/api/v1`, sub: 'u1', sid: 's1', client_id: 'shop', cnf }
    const now_s = Math.floor(Date.now() / 1000)
    const headers = { authorization: `Bearer ${signJwt(claims, { key: signer, typ: 'at+jwt', ttl_s: 60, now_s })}` }
    assert.equal((await ask('/seen', shop, { headers })).body.client, 'shop')
    assert.equal((await ask('/seen', thief, { headers })).status, 401)
    const beside = httpRequest(`${plain.replace('localhost', '127.0.0.1')}/seen`, { headers })
    assert.equal((await answer(beside)).status, 401)
  })

  test('closes to a certificate that is revoked while it is open, also to one that came before', async (t) => {
    const { folder, ask, authority, files, door, ca } = await openDoors(t, { hasRevocations: true })
    const [shop, other] = [await issueClientCertificate(folder, SHOP), await issueClientCertificate(folder, SHOP)]
    const agent = new Agent({ ca, cert: shop.certificate, key: shop.key, keepAlive: true })
    t.after(() => agent.destroy())
    assert.equal((await ask('/seen', shop, { agent })).status, 200)
    const { serialNumber } = new X509Certificate(shop.certificate)
    writeFileSync(files.revocations as string, await authority.revocationList([serialNumber]))
    door.reload()
    await nobody(ask('/seen', shop))
    await nobody(ask('/seen', shop, { agent }))
    assert.equal((await ask('/seen', other)).status, 200)
  })

  test('shows a new certificate of its own without a restart, and keeps the old one while the new one cannot be read', async (t) => {
    const { folder, ca, url, authority, files, door } = await openDoors(t)
    const shop = await issueClientCertificate(folder, SHOP)
    const shown = async (): Promise<string | undefined> => {
      const asked = request(`${url}/seen`, { ca, cert: shop.certificate, key: shop.key, agent: false })
      const [socket] = (await once(asked, 'socket')) as [TLSSocket]
      await once(socket, 'secureConnect')
      const serial = socket.getPeerX509Certificate()?.serialNumber
      await answer(asked)
      return serial
    }
    const before = await shown()
    writeFileSync(files.certificate, 'nonsense')
    door.reload()
    assert.equal(await shown(), before)
    const names = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] }
    const issued = await authority.issueServer({ subject: 'CN=localhost', ...names })
    writeFileSync(files.key, issued.key)
    writeFileSync(files.certificate, issued.certificate)
    door.reload()
    assert.equal(await shown(), new X509Certificate(issued.certificate).serialNumber)
  })

  test('answers what is under way when the gateway closes, and takes nothing new', async (t) => {
    const { folder, ask, gateway, door } = await openDoors(t)
    const shop = await issueClientCertificate(folder, SHOP)
    const arrived = once(door.server, 'request')
    const asked = ask('/slow', shop)
    await arrived
    const closed = closeWithin(gateway, 5, [door.server])
    assert.equal((await asked).body.is_done, true)
    await closed
    assert.equal(door.server.listening, false)
    await assert.rejects(ask('/seen', shop), { code: 'ECONNREFUSED' })
  })

  test('does not open with files that are not there', async (t) => {
    const gateway = createHttpServer({ log: silent, bodyLimitBytes: 1024, constraints: {} })
    const files = { ...(await developmentFiles(newFolder(t))), authority: '/nowhere/ca.pem' }
    assert.throws(() => openMtlsDoor(gateway, files, silent), SettingsRefused)
    await gateway.close()
  })
})

test("a sandbox's authority is made once, and its keys are for its owner's eyes", async (t) => {
  const folder = newFolder(t)
  const files = await developmentFiles(folder)
  const before = Object.values(files).map((file) => readFileSync(file, 'utf8'))
  assert.deepEqual(await developmentFiles(folder), files)
  assert.deepEqual(
    Object.values(files).map((file) => readFileSync(file, 'utf8')),
    before,
  )
  for (const name of ['ca-key.pem', 'server-key.pem']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})
