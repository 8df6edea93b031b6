import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { newId } from '#libs/ids/ids.ts'
import { enrolPasskey, openWithAnn } from '../../../testing/factors.ts'
import { aUser, callerOf, refusalOf, signIn } from '../../../testing/people.ts'

describe('renamePasskey', () => {
  test('gives it another name; nobody else’s', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { passkey } = await enrolPasskey(bank, caller)
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    const rename = (passkey_id: string, by = caller) =>
      bank.call(factors.renamePasskey, { params: { passkey_id }, body: { name: 'The blue one' } }, by)
    assert.equal((await rename(passkey.passkey_id)).reply.name, 'The blue one')
    assert.equal(await refusalOf(rename(passkey.passkey_id, bob)), 'FACTOR_NOT_FOUND')
    assert.equal(await refusalOf(rename(newId())), 'FACTOR_NOT_FOUND')
  })
})
