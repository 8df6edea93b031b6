import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity-step-up.ts'
import { proofOf, STEP_UP_TOKEN, withProof } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { EMAIL, enrolPasskey, openWithAnn } from '../../../testing/factors.ts'
import {
  callerOf,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  refusalOf,
  tryLogin,
  verifierOf,
} from '../../../testing/people.ts'
import { actsOf, openPhone, openTotp, playAccounts, signInAgain, WISH } from '../../../testing/step-up.ts'

describe('a step-up', () => {
  test('its proof is of its user and its session alone, five minutes long, and no access token', async (t) => {
    const { bank, caller, start, answer, freshCode } = await openTotp(t)
    const { challenge_id } = await start()
    const { proof, expires_at } = await answer(challenge_id, { code: freshCode() })
    const verifier = verifierOf(bank)
    const claims = await verifier.claimsOf(proof, STEP_UP_TOKEN)
    assert.equal(claims.exp - claims.iat, 300)
    assert.equal(new Date(expires_at).getTime(), claims.exp * 1000)
    assert.equal(proofOf(claims, { ...caller, session_id: newId() }), null)
    assert.equal(proofOf(claims, { ...caller, sub: newId() }), null)
    assert.equal((await withProof({ ...caller, session_id: newId() }, proof, verifier)).proof, null)
    await assert.rejects(verifier.verify(proof), Problem)
    const access = (await signInAgain(bank, freshCode)).access_token
    assert.equal((await withProof(caller, access, verifier)).proof, null, 'an access token is no proof')
    assert.equal((await withProof(caller, `${proof.slice(0, -4)}AAAA`, verifier)).proof, null)
  })

  test('is answered once: of eight right answers at once one has a proof, a hundred times', async (t) => {
    const { start, answer, freshCode } = await openTotp(t)
    for (let round = 1; round <= 100; round++) {
      const { challenge_id } = await start()
      const code = freshCode()
      const settled = await Promise.allSettled(Array.from({ length: 8 }, () => answer(challenge_id, { code })))
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1, `round ${round}`)
      for (const one of settled)
        if (one.status === 'rejected') assert.equal((one.reason as Problem).kind.code, 'CHALLENGE_GONE')
    }
  })

  test('ends after five minutes, and with five wrong codes', async (t) => {
    const { bank, start, answer, look, freshCode } = await openTotp(t)
    const late = await start()
    bank.clock.advance(301_000)
    assert.equal(await refusalOf(answer(late.challenge_id, { code: freshCode() })), 'CHALLENGE_GONE')
    assert.equal((await look(late.challenge_id)).status, 'EXPIRED')
    const guessed = await start()
    for (let i = 0; i < 5; i++) {
      const code = otherThan(freshCode())
      assert.equal(await refusalOf(answer(guessed.challenge_id, { code })), 'CODE_WRONG')
    }
    const right = await refusalOf(answer(guessed.challenge_id, { code: freshCode() }))
    assert.equal(right, 'CHALLENGE_GONE', 'the lock that wrong codes lead to ends it')
  })

  test('a stranger who guesses passwords ends no confirmation under way, and no passkey waits for his lock', async (t) => {
    const { bank, caller, start, answer, look, freshCode, strong } = await openTotp(t)
    const { authenticator } = await enrolPasskey(bank, caller, { strength: await strong() })
    // Signed in without naming a device, so it shares its count with strangers.
    const by = await callerOf(bank, await signInAgain(bank, freshCode))
    const { challenge_id } = await start(WISH, by)
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, EMAIL, OTHER_PASSWORD))
    assert.equal((await look(challenge_id, by)).status, 'OPEN')
    assert.equal(await refusalOf(answer(challenge_id, { code: freshCode() }, by)), 'TOO_MANY_TRIES')
    const input = { params: { challenge_id }, body: { factor: 'PASSKEY' as const } }
    const { passkey_options } = (await bank.call(api.offerStepUp, input, by)).reply
    assert.ok(passkey_options)
    assert.ok((await answer(challenge_id, { passkey: authenticator.get(passkey_options) }, by)).proof)
  })

  test('is another session’s and another user’s business never', async (t) => {
    const { bank, start, answer, look, freshCode } = await openTotp(t)
    const { challenge_id } = await start()
    const other = await callerOf(bank, await signInAgain(bank, freshCode))
    assert.equal(await refusalOf(look(challenge_id, other)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(answer(challenge_id, { code: freshCode() }, other)), 'CHALLENGE_GONE')
  })
})

describe('who has no second factor', () => {
  test('confirms with the password in a sandbox, counted like a sign-in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    playAccounts(bank, caller)
    const { start, answer } = actsOf(bank, caller)
    const { challenge_id, factors } = await start()
    assert.deepEqual(factors, ['PASSWORD'])
    assert.equal(await refusalOf(answer(challenge_id, { password: 'ten purple pencils' })), 'CODE_WRONG')
    assert.equal(await refusalOf(answer(challenge_id, {})), 'VALIDATION_FAILED')
    assert.equal(await refusalOf(answer(challenge_id, { password: PASSWORD, code: '123456' })), 'VALIDATION_FAILED')
    assert.ok((await answer(challenge_id, { password: PASSWORD })).proof)
  })
})

describe('answerStepUp', () => {
  test('by the telephone: nothing before it was asked and has approved, a proof after, and none once it has denied', async (t) => {
    const { bank, caller, start, answer, ask, decide } = await openPhone(t)
    const unasked = await start()
    assert.equal(await refusalOf(answer(unasked.challenge_id, { push: true })), 'FACTOR_NOT_OFFERED')
    const approved = await ask()
    assert.equal(await refusalOf(answer(approved.challenge_id, { push: true })), 'APPROVAL_PENDING')
    await decide(approved, 'APPROVE')
    const { proof } = await answer(approved.challenge_id, { push: true })
    assert.deepEqual((await withProof(caller, proof, verifierOf(bank))).proof?.amr, ['pwd', 'mca', 'pop'])
    assert.equal(await refusalOf(answer(approved.challenge_id, { push: true })), 'CHALLENGE_GONE')
    const denied = await ask()
    await decide(denied, 'DENY')
    assert.equal(await refusalOf(answer(denied.challenge_id, { push: true })), 'APPROVAL_DENIED')
  })

  test('in production a session that began with neither password nor passkey confirms nothing; in a sandbox it does', async (t) => {
    for (const profile of ['production', 'sandbox'] as const) {
      const { caller, start, answer, look, freshCode } = await openTotp(t, { profile })
      const by = { ...caller, amr: [] }
      const { challenge_id } = await start(WISH, by)
      const answered = answer(challenge_id, { code: freshCode() }, by)
      if (profile === 'sandbox') assert.ok((await answered).proof)
      else assert.equal(await refusalOf(answered), 'STRONGER_SIGN_IN_REQUIRED')
      assert.equal((await look(challenge_id)).status, profile === 'sandbox' ? 'USED' : 'OPEN')
    }
  })
})
