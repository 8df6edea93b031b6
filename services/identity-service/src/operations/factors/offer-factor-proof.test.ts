import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { anonymous } from '#libs/contract/client.ts'
import { enrolPasskey, openWithAnn } from '../../../testing/factors.ts'
import { aUser, callerOf, refusalOf, signIn } from '../../../testing/people.ts'

describe('offerFactorProof', () => {
  test('says what a passkey has to sign, to the session that asked and nobody else', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const { challenge_id } = (await bank.call(factors.openFactorProof, {}, caller)).reply
    const ask = { params: { challenge_id }, body: { factor: 'PASSKEY' as const } }
    const { reply } = await bank.call(factors.offerFactorProof, ask, caller)
    assert.deepEqual(
      reply.passkey_options?.allowCredentials?.map(({ id }) => id),
      [authenticator.id],
    )
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    assert.equal(await refusalOf(bank.call(factors.offerFactorProof, ask, bob)), 'CHALLENGE_GONE')
    const body = { challenge_id, factor: 'PASSKEY' as const }
    assert.equal(await refusalOf(bank.call(factors.challengeFactor, { body }, anonymous)), 'CHALLENGE_GONE')
  })
})
