import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClientRegistrationToken } from '#contracts/api/identity-clients.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openOauth } from '../../../testing/oauth-bank.ts'
import { changesBy, refusalOf, trailOf } from '../../../testing/people.ts'
import { GOOD } from '../../../testing/registrations.ts'

describe('registration of third parties (RFC 7591)', () => {
  test('opens by a token of staff alone, which counts for a week and stands in the trail without itself', async (t) => {
    const { bank, origin } = await openOauth(t)
    const admin = aStaffMember('admin')
    const body = { fapi_profile: '2.0', purpose: 'The shop at the corner' } as const
    const { reply } = await bank.call(createClientRegistrationToken, { body }, admin)
    const attempt = async (token: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      const init = { method: 'POST', headers, body: JSON.stringify(GOOD) }
      return (await fetch(`${origin}/api/v1/auth/register-client`, init)).status
    }
    assert.equal(await attempt(reply.initial_access_token), 201)
    assert.equal(await attempt(`${reply.initial_access_token}x`), 401)
    assert.deepEqual(await changesBy(bank, 'createClientRegistrationToken'), [{ before: null, after: body }])
    assert.equal(
      await refusalOf(bank.call(createClientRegistrationToken, { body }, aStaffMember('support'))),
      'FORBIDDEN',
    )
    const [line] = await trailOf(bank, 'registerClient')
    assert.equal(line?.outcome, 'done')
  })
})
