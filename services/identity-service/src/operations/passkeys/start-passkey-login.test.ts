import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { anonymous } from '#libs/contract/client.ts'
import { enrolPasskey, openWithAnn } from '../../../testing/factors.ts'

describe('startPasskeyLogin', () => {
  test('tells nothing of anybody: no key is named, and each challenge is another', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    await enrolPasskey(bank, caller)
    const starts = [1, 2].map(() => bank.call(factors.startPasskeyLogin, {}, anonymous))
    const [one, two] = await Promise.all(starts)
    assert.deepEqual(one?.reply.options.allowCredentials, [])
    assert.notEqual(one?.reply.options.challenge, two?.reply.options.challenge)
    assert.equal(Buffer.from(one?.reply.options.challenge ?? '', 'base64url').length, 32)
  })

  test('is bound to the host of the public origin where the bank has one', async (t) => {
    const { bank } = await openWithAnn(t, { env: { BANKFLOW_PUBLIC_ORIGIN: 'https://bank.example.com' } })
    const { reply } = await bank.call(factors.startPasskeyLogin, {}, anonymous)
    assert.equal(reply.options.rpId, 'bank.example.com')
  })
})
