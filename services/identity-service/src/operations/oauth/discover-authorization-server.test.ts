import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { refusalOf } from '../../../testing/people.ts'

const aRequest = {
  ...{ method: 'GET', path: '/.well-known/openid-configuration', query: '', params: {}, headers: {}, body: '' },
  ...{ ip_hash: null, client_certificate: null },
}

describe('the metadata of the authorization server (RFC 8414)', () => {
  test('a bank in production is one issuer, and answers at no other origin', async (t) => {
    const { own, origin } = await openOauth(t, { env: { BANKFLOW_PUBLIC_ORIGIN: 'https://bank.example.com' } })
    // In a sandbox this machine may be asked under its own names.
    assert.equal((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status, 200)
    const ask = (from: string): Promise<unknown> => own.oauth.handle({ ...aRequest, origin: from })
    assert.equal(await refusalOf(ask('https://evil.example')), 'AUTHORIZATION_SERVER_OFF')
    assert.equal(await refusalOf(ask('http://bank.example.com')), 'AUTHORIZATION_SERVER_OFF')
    await ask('https://bank.example.com')
  })
})
