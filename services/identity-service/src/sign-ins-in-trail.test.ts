import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  browserOf,
  codeTo,
  cookieOf,
  OTHER_PASSWORD,
  openIdentity,
  refusalOf,
  signIn,
  trailOf,
  tryLogin,
  tryWeb,
} from '../testing/people.ts'

const email = 'ann@example.com'

describe('what begins as nobody’s act', () => {
  test('is in the trail under the user and the session that it came to', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const tokens = await signIn(bank)
    const { session_id } = tokens
    const caller = await browserOf(bank, cookieOf(await tryWeb(bank)))
    await bank.call(api.refreshTokens, { body: { refresh_token: tokens.refresh_token } }, anonymous)
    const done = { user_id, outcome: 'done' }
    assert.deepEqual(await trailOf(bank, 'verifyUser'), [{ ...done, session_id: null, entity_id: user_id }])
    assert.deepEqual(await trailOf(bank, 'login'), [{ ...done, session_id, entity_id: user_id }])
    assert.deepEqual(await trailOf(bank, 'signInWeb'), [{ ...done, session_id: caller.session_id, entity_id: user_id }])
    assert.deepEqual(await trailOf(bank, 'refreshTokens'), [{ ...done, session_id, entity_id: session_id }])
    const [registered] = await trailOf(bank, 'registerUser')
    assert.deepEqual([registered?.user_id, registered?.entity_id], [null, user_id], 'nobody has proved anything yet')
  })

  test('is about the user whom somebody failed to be, and never by him', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await refusalOf(tryWeb(bank, email, OTHER_PASSWORD))
    await refusalOf(tryLogin(bank, 'nobody@example.com', OTHER_PASSWORD))
    const refused = { user_id: null, session_id: null, outcome: 'CREDENTIALS_WRONG' }
    assert.deepEqual(await trailOf(bank, 'login'), [
      { ...refused, entity_id: user_id },
      { ...refused, entity_id: null },
    ])
    assert.deepEqual(await trailOf(bank, 'signInWeb'), [{ ...refused, entity_id: user_id }])
  })

  test('a password that is reset by mail names its user, a wrong code whom it was tried on', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const code = await codeTo(bank, email, 2)
    const wrong = code === '00000000' ? '00000001' : '00000000'
    const body = { email, password: OTHER_PASSWORD }
    await refusalOf(bank.call(api.resetPassword, { body: { ...body, code: wrong } }, anonymous))
    await bank.call(api.resetPassword, { body: { ...body, code } }, anonymous)
    assert.deepEqual(await trailOf(bank, 'forgotPassword'), [
      { user_id: null, session_id: null, entity_id: user_id, outcome: 'done' },
    ])
    assert.deepEqual(await trailOf(bank, 'resetPassword'), [
      { user_id: null, session_id: null, entity_id: user_id, outcome: 'CODE_WRONG' },
      { user_id, session_id: null, entity_id: user_id, outcome: 'done' },
    ])
  })
})
