import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { CONFORMANCE_USER } from '#services/identity-service/src/domain/conformance.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { demoPassword } from '../sandbox.ts'
import { CONFORMANCE_CODE } from '../settings.ts'
import type { Api } from '../testing/api.ts'
import { SpawnedBank } from '../testing/spawned-bank.ts'

const HOST = 'bank.suite.test'

/** One answer to whoever asks for a host by its name, as behind a terminator of TLS. */
function ask(api: Api, path: string, host: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, api.url), { headers: { host } }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('error', reject).end()
  })
}

describe('a bank that a conformance suite tests', { timeout: 180_000 }, () => {
  let home = ''
  let bank: SpawnedBank
  let api: Api

  before(async () => {
    home = await makeTemporaryHome('bankflow-conformance-')
    bank = new SpawnedBank({
      BANKFLOW_HOME: home,
      BANKFLOW_PROFILE: 'conformance',
      BANKFLOW_PUBLIC_ORIGIN: `https://${HOST}`,
      PORT: '0',
    })
    api = await bank.start(120_000)
  })
  after(async () => {
    await bank?.stop()
    if (home !== '') await rm(home, { recursive: true, force: true })
  })

  /** As the suite does: the password of the demo bank, then the code that everybody knows. */
  async function signIn(): Promise<string> {
    const { body: begun } = await api.expect(
      200,
      api.post('/auth/login', { email: CONFORMANCE_USER, password: demoPassword }),
    )
    assert.equal(begun.status, 'MFA_REQUIRED')
    const answer = { challenge_id: begun.challenge_id, code: CONFORMANCE_CODE }
    return (await api.expect(200, api.post('/auth/mfa/verify', answer))).body.access_token
  }

  test('warns whoever starts it, by the user and the code that everybody knows', () => {
    assert.match(bank.output, new RegExp(`WARNING +${CONFORMANCE_USER} .*${CONFORMANCE_CODE}`))
  })

  test('is reached by its public name, which is the issuer, and by no other; the sandbox keeps its doors on this machine', async () => {
    const found = await ask(api, '/.well-known/openid-configuration', HOST)
    assert.equal(found.status, 200, found.text)
    const { issuer, token_endpoint, mtls_endpoint_aliases } = JSON.parse(found.text)
    assert.deepEqual([issuer, token_endpoint], [`https://${HOST}`, `https://${HOST}/api/v1/auth/token`])
    assert.equal(mtls_endpoint_aliases, undefined, 'a door that is not open is not told of')
    for (const [path, host] of [
      ['/.well-known/openid-configuration', 'elsewhere.test'],
      ['/.well-known/openid-configuration', `${HOST}.elsewhere.test`],
      ['/.well-known/openid-configuration', `${HOST}:8443`],
      ['/sandbox/mailbox?to=a@b.test', HOST],
      ['/sandbox/clock', HOST],
    ] as const) {
      const { status, text } = await ask(api, path, host)
      assert.deepEqual([status, JSON.parse(text).code], [403, 'HOST_REFUSED'], `${host}${path}`)
    }
    await api.expect(200, api.get('/sandbox/clock'))
  })

  test('has a user with money, whom the published code lets in as often as a suite needs', async () => {
    const token = await signIn()
    const { body } = await api.expect(200, api.get('/accounts', { token }))
    const [account] = body.items
    assert.equal(account.status, 'ACTIVE')
    assert.equal((await api.balance(token, account.account_id)).body.available_balance_cents, 1_000_000)
    for (let i = 0; i < 12; i++) await signIn()
  })

  test('makes its user once, however often it is started', async () => {
    assert.equal(await bank.stop(), 0)
    api = await bank.start(120_000)
    const token = await signIn()
    assert.equal((await api.get('/accounts', { token })).body.items.length, 1)
  })
})
