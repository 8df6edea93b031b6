import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import * as api from '#contracts/api/identity.ts'
import { revokeConsent } from '#contracts/api/identity-consents.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openConsents, PAYING } from '../../testing/consents.ts'
import { aUser } from '../../testing/people.ts'
import { consentNotices } from '../store/consents/notices.ts'
import { putClient } from '../store/oauth/clients.ts'
import { CONSENT_REVOKED } from './tell-third-party.ts'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

interface Pushed {
  type: string | undefined
  token: string
}

/** A third party's receiver; answers with the statuses given, then 202. */
async function receiver(t: TestContext, statuses: number[] = []): Promise<{ url: string; pushed: Pushed[] }> {
  const pushed: Pushed[] = []
  const server = createServer(async (request, response) => {
    let token = ''
    for await (const part of request) token += String(part)
    pushed.push({ type: request.headers['content-type'], token })
    const status = statuses.shift() ?? 202
    response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, pushed }
}

/** A bank whose third party `shop` registered an address. */
async function withShop(t: TestContext, webhook_uri: string | undefined) {
  const opened = await openConsents(t)
  const { bank } = opened
  await putClient(
    bank.owner,
    {
      ...{ client_id: 'shop', client_name: 'Corner Shop', organisation_id: 'PSP-17', fapi_profile: '2.0', webhook_uri },
      ...{ redirect_uris: [], grant_types: [], response_types: [], token_endpoint_auth_method: 'private_key_jwt' },
    },
    new Date(),
  )
  const { user_id } = await aUser(bank)
  const revoke = (consent_id: string) =>
    bank.call(revokeConsent, { params: { consent_id } }, aCustomer({ sub: user_id }))
  return { ...opened, user_id, revoke }
}

describe('tellThirdParty', () => {
  test('RFC 8417, RFC 8935: pushes a signed event of the consent, which says nothing of the customer', async (t) => {
    const { url, pushed } = await receiver(t)
    const { bank, user_id, aConsent, revoke } = await withShop(t, url)
    const { consent_id } = await aConsent(user_id, { details: [PAYING], issuer: 'https://bank.example' })
    await revoke(consent_id)
    await eventually(() => assert.equal(pushed.length, 1))
    assert.equal(pushed[0]?.type, 'application/secevent+jwt')
    const { keys } = (await bank.call(api.listKeys, {}, anonymous)).reply
    const expected = { issuer: 'https://bank.example', audience: 'shop', typ: 'secevent+jwt', algorithms: ['PS256'] }
    const { payload } = await jwtVerify(pushed[0]?.token ?? '', createLocalJWKSet({ keys: keys as never }), expected)
    assert.deepEqual(payload.sub_id, { format: 'opaque', id: consent_id })
    const events = payload.events as Record<string, Record<string, unknown>>
    assert.equal(events[CAEP]?.initiating_entity, 'user')
    assert.deepEqual([events[CONSENT_REVOKED]?.consent_id, events[CONSENT_REVOKED]?.status], [consent_id, 'REVOKED'])
    assert.equal(payload.exp, undefined)
    assert.doesNotMatch(JSON.stringify(payload), new RegExp(`${user_id}|Shop Ltd|00012345`))
  })

  test('one that fails, or leads elsewhere, is told again under the same jti; nothing follows it there', async (t) => {
    const { url, pushed } = await receiver(t, [500, 302])
    const { bank, own, user_id, aConsent, revoke } = await withShop(t, url)
    await revoke((await aConsent(user_id)).consent_id)
    await eventually(async () => {
      // Its pause is over at once, and it is looked at now.
      await bank.owner`update jobs.job_common set start_after = now() where name = ${consentNotices.name} and state = 'retry'`
      own.queues.nudge(consentNotices)
      assert.equal(pushed.length, 3)
    })
    const jtis = pushed.map(
      ({ token }) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti,
    )
    assert.equal(new Set(jtis).size, 1)
  })

  test('one without an address, and one that is gone, are told nothing, and nothing is left to do', async (t) => {
    const { bank, user_id, aConsent, revoke } = await withShop(t, undefined)
    await revoke((await aConsent(user_id)).consent_id)
    await revoke((await aConsent(user_id, { client_id: newId() })).consent_id)
    await eventually(async () => {
      const [row] = await bank.owner`
        select count(*)::int as count from jobs.job_common where name = ${consentNotices.name} and state <> 'completed'`
      assert.equal(row?.count, 0)
    })
  })
})
