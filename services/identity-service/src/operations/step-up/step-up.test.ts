import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { lookupPayee, resolveAccounts } from '#contracts/api/account.ts'
import * as api from '#contracts/api/identity-step-up.ts'
import { transferMoney } from '#contracts/api/transaction.ts'
import type { Caller } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { proofFor, proofOf, STEP_UP_TOKEN, stepUpDigest, withProof } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { ServiceTest, ServiceTestOptions } from '#libs/testing/service-test.ts'
import {
  EMAIL,
  enrolPasskey,
  enrolPhone,
  halfSignIn,
  openWithAnn,
  openWithTotp,
  PHONE,
  textsTo,
  verify,
} from '../../../testing/factors.ts'
import {
  callerOf,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  refusalOf,
  type signIn,
  trailOf,
  tryLogin,
  verifierOf,
} from '../../../testing/people.ts'

const [from, to] = [newId(), newId()]
const BODY = {
  ...{ source_account_id: from, destination_account_number: 'FB-00000017-4', amount_cents: 60_000 },
  ...{ currency: 'EUR', description: 'rent of May' },
}
const WISH = { operation: 'transferMoney', body: BODY }

/** Plays account-service: an account of Ann's and one that she may pay to. */
function playAccounts(bank: ServiceTest, { customer_id }: Pick<Caller, 'customer_id'>): void {
  const account = (account_id: string, account_number: string, owner: string) => ({
    ...{ account_id, account_number, currency: 'EUR', status: 'ACTIVE' as const, branch_id: 'main' },
    owners: [{ customer_id: owner, capabilities: ['view' as const, 'debit' as const] }],
  })
  const all = [account(from, 'FB-00000012-9', customer_id as string), account(to, 'FB-00000017-4', newId())]
  bank.peer(resolveAccounts, ({ body }) => ({
    items: all.filter(
      (one) => body.account_ids.includes(one.account_id) || body.account_numbers.includes(one.account_number),
    ),
  }))
  bank.peer(lookupPayee, ({ query: { account_number } }) => ({
    ...{ account_number, masked_name: 'B•• S••••', currency: 'EUR', can_receive: true },
  }))
}

async function openTotp(t: TestContext, options: ServiceTestOptions = {}) {
  const opened = await openWithTotp(t, options)
  const { bank, caller } = opened
  playAccounts(bank, caller)
  return { ...opened, ...actsOf(bank, caller) }
}

function actsOf(bank: ServiceTest, caller: Caller) {
  return {
    start: async (wish: InputOf<typeof api.startStepUp>['body'] = WISH, by = caller) =>
      (await bank.call(api.startStepUp, { body: wish }, by)).reply,
    answer: async (challenge_id: string, body: InputOf<typeof api.answerStepUp>['body'], by = caller) =>
      (await bank.call(api.answerStepUp, { params: { challenge_id }, body }, by)).reply,
    look: async (challenge_id: string, by = caller) =>
      (await bank.call(api.getStepUp, { params: { challenge_id } }, by)).reply,
    offer: async (challenge_id: string, factor: 'SMS' | 'EMAIL' | 'PASSKEY' | 'TOTP') =>
      (await bank.call(api.offerStepUp, { params: { challenge_id }, body: { factor } }, caller)).reply,
  }
}

describe('a step-up', () => {
  test('shows what will happen as the bank knows it, and its proof confirms exactly that to every service', async (t) => {
    const { bank, user, caller, start, answer, look, freshCode } = await openTotp(t)
    const started = await start()
    assert.equal(started.shown.text, 'Pay 600.00 EUR to B•• S••••, FB-00000017-4, from your account ••••0012-9')
    assert.deepEqual(
      started.shown.lines.map(({ label, value }) => `${label}: ${value}`),
      ['Amount: 600.00 EUR', 'To: B•• S••••, FB-00000017-4', 'From: ••••0012-9', 'For: rent of May'],
    )
    assert.deepEqual(started.factors, ['TOTP'])
    const input = { params: {}, body: { ...BODY, amount_cents: 60_000n } }
    assert.equal(started.digest, stepUpDigest('transferMoney', input))
    assert.equal((await look(started.challenge_id)).status, 'OPEN')
    const { proof } = await answer(started.challenge_id, { code: freshCode() })
    const confirmed = await withProof(caller, proof, verifierOf(bank))
    const now = bank.clock.wall.now()
    assert.deepEqual(proofFor(transferMoney, input, confirmed, now)?.amr, ['pwd', 'otp'])
    const changed = { ...input, body: { ...input.body, amount_cents: 60_001n } }
    assert.equal(proofFor(transferMoney, changed, confirmed, now), null)
    assert.equal((await look(started.challenge_id)).status, 'USED')
    const lines = await trailOf(bank, 'answerStepUp')
    assert.deepEqual(
      lines.map(({ user_id, outcome }) => [user_id, outcome]),
      [[user.user_id, 'done']],
    )
  })

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

  test('enrols one first in production', async (t) => {
    const { bank, caller } = await openWithAnn(t, { profile: 'production' })
    playAccounts(bank, caller)
    assert.equal(await refusalOf(actsOf(bank, caller).start()), 'FACTOR_MISSING')
  })
})

describe('what is to be confirmed', () => {
  test('is a request that its operation would read: wrong fields are named by pointer', async (t) => {
    const { start } = await openTotp(t)
    const pointersOf = async (wish: InputOf<typeof api.startStepUp>['body']): Promise<unknown> => {
      const error = await start(wish).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof Problem, String(error))
      return [error.kind.code, error.options.errors?.map(({ pointer }) => pointer)]
    }
    assert.deepEqual(await pointersOf({ operation: 'transferMoney', body: { ...BODY, amount_cents: 1.5 } }), [
      'VALIDATION_FAILED',
      ['/body/amount_cents'],
    ])
    assert.deepEqual(await pointersOf({ operation: 'closeAccount', params: { account_id: 'x' } }), [
      'VALIDATION_FAILED',
      ['/params/account_id'],
    ])
    for (const operation of ['getMyself', 'login', 'nothing', 'resolveAccounts'])
      assert.deepEqual(await pointersOf({ operation }), ['OPERATION_UNKNOWN', ['/operation']], operation)
    assert.deepEqual(await pointersOf({ ...WISH, body: { ...BODY, source_account_id: to } }), [
      'NOT_FOUND',
      ['/body/source_account_id'],
    ])
    assert.deepEqual(await pointersOf({ ...WISH, body: { ...BODY, destination_account_number: 'FB-99999999-9' } }), [
      'NOT_FOUND',
      ['/body/destination_account_number'],
    ])
  })

  test('is shown with what it names where it is no transfer, and never with a secret', async (t) => {
    const { start } = await openTotp(t)
    const account_id = newId()
    const { shown } = await start({ operation: 'closeAccount', params: { account_id } })
    assert.match(shown.text, new RegExp(`^Closes an account .*${account_id}`))
    assert.deepEqual(shown.lines.at(-1), { label: 'Account id', value: account_id })
    const kept = await start({ operation: 'deactivateUser', params: { user_id: newId() }, body: {} })
    assert.equal(kept.shown.operation, 'deactivateUser')
  })

  test('is kept sealed', async (t) => {
    const { bank, start } = await openTotp(t)
    await start()
    const [row] = await bank.owner`select challenges::text as kept from challenges where purpose = 'STEP_UP'`
    assert.ok(!/rent of May|FB-00000017|600\.00/.test(String(row?.kept)))
  })
})

/** Another session of Ann's. */
async function signInAgain(bank: ServiceTest, freshCode: () => string) {
  const challenge_id = await halfSignIn(bank)
  return (await verify(bank, challenge_id, { code: freshCode() })) as Awaited<ReturnType<typeof signIn>>
}
