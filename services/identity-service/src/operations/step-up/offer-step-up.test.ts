import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anonymous } from '#libs/contract/client.ts'
import { withProof } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { enrolPasskey, enrolPhone, openWithAnn, PHONE, textsTo } from '../../../testing/factors.ts'
import { callerOf, refusalOf, verifierOf } from '../../../testing/people.ts'
import { actsOf, BODY, openPhone, openTotp, playAccounts, signInAgain, WISH } from '../../../testing/step-up.ts'

describe('dynamic linking, PSD2 RTS art. 5', () => {
  test('the message of a code names amount and payee, and the code confirms nothing else', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    playAccounts(bank, caller)
    await enrolPhone(bank, caller)
    const { start, answer, offer } = actsOf(bank, caller)
    const [one, other] = [await start(), await start({ ...WISH, body: { ...BODY, amount_cents: 90_000 } })]
    assert.deepEqual(one.factors, ['SMS'])
    assert.match((await offer(one.challenge_id, 'SMS')).sent_to ?? '', /78$/)
    const [sent] = await textsTo(bank, PHONE, 2)
    assert.match(sent?.text ?? '', /^Pay 600\.00 EUR to B•• S••••, FB-00000017-4.*Your BankFlow code is \d{6}/)
    const code = sent?.code as string
    assert.equal(await refusalOf(answer(other.challenge_id, { code })), 'CODE_WRONG')
    assert.ok((await answer(one.challenge_id, { code })).proof)
  })

  test('a passkey signs a challenge that is made of what is confirmed', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    playAccounts(bank, caller)
    const { authenticator } = await enrolPasskey(bank, caller)
    const { start, answer, offer } = actsOf(bank, caller)
    const [one, other] = [await start(), await start()]
    const { passkey_options } = await offer(one.challenge_id, 'PASSKEY')
    await offer(other.challenge_id, 'PASSKEY')
    const passkey = authenticator.get(passkey_options as never)
    assert.equal(
      await refusalOf(answer(other.challenge_id, { passkey })),
      'CODE_WRONG',
      'another challenge of the same wish',
    )
    const { proof } = await answer(one.challenge_id, { passkey: authenticator.get(passkey_options as never) })
    const confirmed = await withProof(caller, proof, verifierOf(bank))
    assert.ok(confirmed.proof?.amr.includes('user'))
  })
})

describe('offerStepUp', () => {
  test('sends three codes at most, and offers no factor that somebody lacks', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    playAccounts(bank, caller)
    await enrolPhone(bank, caller)
    const { start, offer } = actsOf(bank, caller)
    const { challenge_id } = await start()
    for (const factor of ['TOTP', 'PASSKEY', 'PUSH', 'PASSWORD'] as const)
      assert.equal(await refusalOf(offer(challenge_id, factor)), 'FACTOR_NOT_OFFERED', factor)
    for (let i = 0; i < 3; i++) await offer(challenge_id, 'SMS')
    assert.equal(await refusalOf(offer(challenge_id, 'SMS')), 'TOO_MANY_TRIES')
    await textsTo(bank, PHONE, 4)
  })

  test('is for the session that began the confirmation, while it lasts', async (t) => {
    const { bank, caller, start, offer, freshCode } = await openTotp(t)
    const other = await callerOf(bank, await signInAgain(bank, freshCode))
    const { challenge_id } = await start()
    assert.equal((await offer(challenge_id, 'TOTP')).challenge_id, challenge_id)
    assert.equal(await refusalOf(offer(challenge_id, 'TOTP', anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(offer(challenge_id, 'TOTP', other)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(offer(challenge_id, 'TOTP', { ...caller, sub: newId() })), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(offer(newId(), 'TOTP')), 'CHALLENGE_GONE')
    bank.clock.advance(301_000)
    assert.equal(await refusalOf(offer(challenge_id, 'TOTP')), 'CHALLENGE_GONE')
  })

  test('shows the number for the telephone, the same when asked again; two wait at most, and what was denied is over', async (t) => {
    const { offer, ask, decide } = await openPhone(t)
    const one = await ask()
    assert.match(one.match_number ?? '', /^\d{2}$/)
    assert.equal((await offer(one.challenge_id, 'PUSH')).match_number, one.match_number)
    await ask()
    assert.equal(await refusalOf(ask()), 'TOO_MANY_APPROVALS')
    await decide(one, 'DENY')
    assert.equal(await refusalOf(offer(one.challenge_id, 'PUSH')), 'APPROVAL_DENIED')
  })
})
