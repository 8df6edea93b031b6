import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { halfSignIn } from '../../../testing/factors.ts'
import { callerOf, refusalOf } from '../../../testing/people.ts'
import { openPhone, openTotp, signInAgain } from '../../../testing/step-up.ts'

describe('getStepUp', () => {
  test('tells what is confirmed and how far it is: open, approved or denied on the telephone, used, or over', async (t) => {
    const { bank, start, answer, look, ask, decide } = await openPhone(t)
    const { challenge_id, shown, expires_at } = await start()
    assert.deepEqual(await look(challenge_id), { challenge_id, status: 'OPEN', shown, expires_at })
    const statusOf = async (one: { challenge_id: string }) => (await look(one.challenge_id)).status
    const [approved, denied] = [await ask(), await ask()]
    assert.equal(await statusOf(approved), 'OPEN')
    await decide(approved, 'APPROVE')
    assert.equal(await statusOf(approved), 'APPROVED')
    await answer(approved.challenge_id, { push: true })
    await decide(denied, 'DENY')
    bank.clock.advance(301_000)
    assert.deepEqual(
      [await statusOf(approved), await statusOf(denied), await statusOf({ challenge_id })],
      ['USED', 'DENIED', 'EXPIRED'],
      'only what was still open runs out',
    )
  })

  test('is there for the session that began it alone; a sign-in is no confirmation', async (t) => {
    const { bank, caller, start, look, freshCode } = await openTotp(t)
    const other = await callerOf(bank, await signInAgain(bank, freshCode))
    const { challenge_id } = await start()
    assert.equal(await refusalOf(look(challenge_id, anonymous)), 'UNAUTHENTICATED')
    for (const stranger of [other, { ...caller, sub: newId() }, { ...caller, session_id: null }])
      assert.equal(await refusalOf(look(challenge_id, stranger)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(look(newId())), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(look(await halfSignIn(bank))), 'CHALLENGE_GONE')
  })
})
