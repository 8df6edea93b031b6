import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { importJWK, type JWK, SignJWT } from 'jose'
import { developmentFiles } from '#platform/mtls-authority.ts'
import { openBank, type TestBank } from '#platform/testing/open-bank.ts'
import { needsCertificates, PLANS } from './plans.ts'
import { writeConfigurations } from './write.ts'

const ISSUER = 'https://bank.suite.test'
const DOOR = 'https://mtls.bank.suite.test'
const SUITE = 'https://suite.test'

interface Configuration {
  server: { discoveryUrl: string }
  client: { client_id: string; scope: string; jwks: { keys: JWK[] }; dpop_signing_alg?: string }
  client2: Configuration['client']
  mtls?: { cert: string; key: string; ca: string }
  mtls2?: Configuration['mtls']
  resource: { resourceUrl: string; richAuthorizationRequest?: object[] }
  browser: object[]
  override: Record<string, object>
}

describe('the configurations for a conformance suite', { timeout: 120_000 }, () => {
  let bank: TestBank
  let folder = ''

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bankflow-suite-'))
    bank = await openBank({ env: { BANKFLOW_PUBLIC_ORIGIN: ISSUER, BANKFLOW_MTLS_ORIGIN: DOOR } })
    await developmentFiles(join(folder, 'mtls'))
  })
  after(async () => {
    await bank?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const write = (authority: string | undefined, out: string, at = bank.url, said: string[] = []) =>
    writeConfigurations({ bank: at, suite: SUITE, authority, out: join(folder, out), say: (line) => said.push(line) })
  const read = (out: string, name: string): Configuration =>
    JSON.parse(readFileSync(join(folder, out, `${name}.json`), 'utf8')) as Configuration

  /** What the suite's first test of a plan begins with: a request that is pushed by an unsigned form. */
  async function pushed({ client }: Configuration, redirect_uri: string): Promise<Response> {
    const [jwk] = client.jwks.keys as [JWK]
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: client.client_id, sub: client.client_id, aud: ISSUER, jti: crypto.randomUUID() }
    const assertion = await new SignJWT({ ...claims, iat: now, exp: now + 60 })
      .setProtectedHeader({ alg: jwk.alg as string, kid: jwk.kid as string })
      .sign(await importJWK(jwk, jwk.alg as string))
    const body = new URLSearchParams({
      ...{ client_id: client.client_id, response_type: 'code', redirect_uri, scope: client.scope, state: 'a-state' },
      ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    return fetch(`${bank.url}/api/v1/auth/par`, { method: 'POST', body })
  }

  test('are of every plan, each with two clients that the bank knows, keys of their own and certificates of its authority', async () => {
    const lines = await write(join(folder, 'mtls'), 'all')
    assert.equal(lines.length, PLANS.length)
    const [ids, keys, certificates] = [new Set<string>(), new Set<string>(), new Set<string>()]
    for (const plan of PLANS) {
      const { server, client, client2, mtls, mtls2, resource } = read('all', plan.name)
      assert.equal(server.discoveryUrl, `${ISSUER}/.well-known/openid-configuration`)
      assert.equal(resource.resourceUrl, `${plan.binding === 'mtls' ? DOOR : ISSUER}/api/v1/accounts`, plan.name)
      for (const one of [client, client2]) {
        ids.add(one.client_id)
        keys.add(one.jwks.keys[0]?.kid as string)
        assert.ok(one.jwks.keys[0]?.d, 'the suite signs with it')
      }
      assert.equal(mtls !== undefined && mtls2 !== undefined, needsCertificates(plan), plan.name)
      for (const shown of [mtls, mtls2]) {
        if (shown === undefined) continue
        certificates.add(shown.cert)
        assert.ok(new X509Certificate(shown.cert).verify(new X509Certificate(shown.ca).publicKey))
      }
      assert.equal(
        statSync(join(folder, 'all', `${plan.name}.json`)).mode & 0o077,
        0,
        'private keys are for no other eyes',
      )
    }
    assert.deepEqual([ids.size, keys.size], [PLANS.length * 2, PLANS.length * 2])
    assert.equal(certificates.size, PLANS.filter(needsCertificates).length * 2)
  })

  test('say the truth: the bank takes what a client of theirs sends, and its second client at the address with a query', async () => {
    const [plan] = PLANS
    assert.ok(plan)
    const configuration = read('all', plan.name)
    const callback = `${SUITE}/test/a/${plan.name}/callback`
    assert.equal((await pushed(configuration, callback)).status, 201)
    const second = { ...configuration, client: configuration.client2 }
    assert.equal((await pushed(second, `${callback}?dummy1=lorem&dummy2=ipsum`)).status, 201)
    assert.equal((await pushed(second, callback)).status, 400)
  })

  test('are of the plans without certificates alone where the authority is elsewhere, and that is said', async () => {
    const said: string[] = []
    const lines = await write(undefined, 'few', bank.url, said)
    const few = PLANS.filter((plan) => !needsCertificates(plan))
    assert.equal(lines.length, few.length)
    assert.equal(said.filter((line) => line.startsWith('left out')).length, PLANS.length - few.length)
    const files = few.map(({ name }) => `${name}.json`)
    assert.deepEqual(readdirSync(join(folder, 'few')).sort(), [...files, 'plans.txt'].sort())
  })

  test('are of no bank that a suite could not reach', async (t) => {
    const other = await openBank()
    t.after(() => other.close())
    await assert.rejects(write(undefined, 'none', other.url), /BANKFLOW_PROFILE=conformance/)
  })
})
