import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import {
  aUser,
  browserOf,
  callerOf,
  cookieOf,
  openIdentity,
  refusalOf,
  signIn,
  tryWeb,
} from '../../../testing/people.ts'

describe('getWebSession', () => {
  test('says who is signed in and until when, idle and at most', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const caller = await browserOf(bank, cookieOf(await tryWeb(bank)))
    const { reply } = await bank.call(api.getWebSession, {}, caller)
    assert.deepEqual(reply.user, user)
    const [row] = await bank.owner<{ created_at: Date }[]>`select created_at from web_sessions`
    const after = (text: string): number => Date.parse(text) - (row?.created_at.getTime() ?? 0)
    assert.deepEqual([after(reply.idle_expires_at), after(reply.expires_at)], [600_000, 43_200_000])
  })

  test('a token that is no browser’s has none', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    assert.equal(await refusalOf(bank.call(api.getWebSession, {}, caller)), 'NO_WEB_SESSION')
  })
})
