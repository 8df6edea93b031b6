import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import * as factors from '#contracts/api/identity-factors.ts'
import { enrolDevice, halfSignIn, offer, openWithTotp, verify } from '../../../testing/factors.ts'
import { aUser, callerOf, signIn } from '../../../testing/people.ts'

describe('listMyApprovals', () => {
  test('shows what would happen, only what was asked here, only while it stands, and only to its user', async (t) => {
    const { bank, caller, strong, freshCode } = await openWithTotp(t)
    const tokens = await verify(bank, await halfSignIn(bank, 'phone-01'), { code: freshCode() })
    const phone = await enrolDevice(bank, { tokens, strength: strong })
    const list = async (by = phone.caller) => (await bank.call(devices.listMyApprovals, {}, by)).reply.items
    assert.deepEqual(await list(), [])
    const proof = (await bank.call(factors.openFactorProof, {}, phone.caller)).reply
    const params = { challenge_id: proof.challenge_id }
    await bank.call(factors.offerFactorProof, { params, body: { factor: 'PUSH' } }, phone.caller)
    const asked = await halfSignIn(bank)
    await offer(bank, asked, 'PUSH')
    const items = await list()
    assert.deepEqual(
      items.map((one) => [one.challenge_id, one.purpose]),
      [
        [proof.challenge_id, 'ENROL'],
        [asked, 'LOGIN'],
      ],
    )
    assert.match(items[0]?.shown?.text ?? '', /second factors or devices/)
    await aUser(bank, 'bob@example.com')
    assert.deepEqual(await list(await callerOf(bank, await signIn(bank, 'bob@example.com'))), [])
    assert.deepEqual(
      await list(caller),
      [],
      'a session without a key must not learn of a sign-in that it could complete',
    )
    bank.clock.advance(300_001)
    assert.deepEqual(await list(), [])
  })
})
