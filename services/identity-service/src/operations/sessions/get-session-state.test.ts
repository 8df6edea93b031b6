import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('getSessionState', () => {
  test('tells services, and nobody else, whether a session stands', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const tokens = await signIn(bank)
    const ask = async (session_id: string, by = aService('ledger-service')) =>
      (await bank.call(api.getSessionState, { params: { session_id } }, by)).reply.is_active
    assert.equal(await ask(tokens.session_id), true)
    assert.equal(await ask(newId()), false)
    await bank.call(api.logout, {}, await callerOf(bank, tokens))
    assert.equal(await ask(tokens.session_id), false)
    const expiring = await signIn(bank)
    bank.clock.advance(604_800_001)
    assert.equal(await ask(expiring.session_id), false)
    assert.equal(await refusalOf(ask(tokens.session_id, aStaffMember('admin'))), 'FORBIDDEN')
    assert.equal(await refusalOf(ask(tokens.session_id, aService('unknown-service'))), 'FORBIDDEN')
  })
})
