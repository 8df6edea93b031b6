import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openOauth } from '../../../testing/oauth-bank.ts'

describe('the page after signing out', () => {
  test('says so, loads nothing and is framed by nobody', async (t) => {
    const { origin } = await openOauth(t)
    const page = await fetch(`${origin}/api/v1/auth/end-session/success`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /You are signed out/)
    const policy = String(page.headers.get('content-security-policy'))
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/)
  })
})
