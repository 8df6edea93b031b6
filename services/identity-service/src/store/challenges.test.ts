import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Caller } from '#libs/contract/client.ts'
import { sha256 } from '#libs/crypto/tokens.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Opening } from '#libs/service/service.ts'
import type { Tx } from '#libs/sql/database.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { enrolPasskey, enrolPhone, openWithAnn, openWithTotp, PHONE, textsTo } from '../../testing/factors.ts'
import { mailsTo, otherThan, refusalOf } from '../../testing/people.ts'
import type { Own } from '../config.ts'
import { checkPassword } from '../passwords.ts'
import type { Answer } from './challenge-answers.ts'
import { linkedChallenge, offerFactor } from './challenge-offers.ts'
import { answerChallenge, type Challenging, openChallenge } from './challenges.ts'
import { readUser } from './users.ts'

const digest = sha256('250.00 EUR to Bob').toString('base64url')
const shown = { text: 'Pay 250.00 EUR to Bob Example, DE12 0000', amount_cents: 25_000n }

/** The engine as an operation has it: a transaction that commits what a refusal keeps. */
async function withEngine(t: TestContext, open: typeof openWithAnn | typeof openWithTotp = openWithTotp) {
  const taken: { opening?: Opening; own?: Own } = {}
  const opened = await open(t, {}, (opening, own) => Object.assign(taken, { opening, own }))
  const { database, clock } = taken.opening as Opening
  const own = taken.own as Own
  const inside = async <T>(caller: Caller, work: (context: Challenging) => Promise<T>): Promise<T> => {
    const after: (() => void)[] = []
    const act = async (tx: Tx) => {
      const context = {
        tx,
        own,
        clock,
        caller,
        mintId: newId,
        namedInTrail() {},
        afterCommit: (f: () => void) => after.push(f),
      }
      try {
        return { value: await work(context as unknown as Challenging) }
      } catch (error) {
        if (error instanceof Problem && error.keep) return { error }
        throw error
      }
    }
    const result = await withTrace(newTrace(), () => database.transact(act))
    for (const one of after) one()
    if ('error' in result) throw result.error
    return result.value as T
  }
  const { caller } = opened
  const start = (asked: object = { digest, shown }) =>
    inside(caller, async (context) => {
      const user = await readUser(context.tx, caller.sub)
      assert.ok(user)
      const { session_id, device_id, amr } = caller
      return openChallenge(context, { user, purpose: 'STEP_UP', session_id, device_id, amr, ...asked })
    })
  const answer = (challenge_id: string, given: Answer, by = caller) =>
    inside(by, (context) => answerChallenge(context, { challenge_id, purpose: 'STEP_UP', answer: given }))
  const offer = (challenge_id: string, factor: Parameters<typeof offerFactor>[1]['factor']) =>
    inside(caller, (context) => offerFactor(context, { challenge_id, purpose: 'STEP_UP', factor }))
  return { ...opened, own, inside, start, answer, offer }
}

describe('a challenge that confirms something', () => {
  test('PSD2 RTS art. 5: the text message says amount and payee before its code, which is good for nothing else', async (t) => {
    const { bank, caller, start, answer, offer } = await withEngine(t, openWithAnn)
    await enrolPhone(bank, caller)
    const { challenge_id, factors } = await start()
    assert.deepEqual(factors, ['SMS'])
    await offer(challenge_id, 'SMS')
    const [sent] = await textsTo(bank, PHONE, 2)
    assert.match(sent?.text ?? '', /^Pay 250\.00 EUR to Bob Example, DE12 0000\. Your BankFlow code is \d{6}/)
    const code = sent?.code as string
    const other = await start()
    assert.equal(await refusalOf(answer(other.challenge_id, { code })), 'CODE_WRONG')
    const done = await answer(challenge_id, { code })
    assert.deepEqual([done.challenge.digest, done.amr], [digest, ['pwd', 'otp', 'sms']])
    const stored = JSON.stringify(await bank.owner`select * from challenges`)
    assert.doesNotMatch(stored, /Bob/)
  })

  test('any change voids it: a code that was sent for another amount is wrong', async (t) => {
    const { bank, caller, start, answer, offer } = await withEngine(t, openWithAnn)
    await enrolPhone(bank, caller)
    const { challenge_id } = await start()
    await offer(challenge_id, 'SMS')
    const [sent] = await textsTo(bank, PHONE, 2)
    await bank.owner`update challenges set digest = ${sha256('999.00 EUR to Eve').toString('base64url')}`
    assert.equal(await refusalOf(answer(challenge_id, { code: sent?.code as string })), 'CODE_WRONG')
  })

  test('what a passkey signs is made of what is confirmed, and of this challenge alone', async (t) => {
    const { bank, caller, strong, start, answer, offer } = (await withEngine(t)) as Awaited<
      ReturnType<typeof withEngine>
    > & { strong(): Promise<object> }
    const { authenticator } = await enrolPasskey(bank, caller, { strength: await strong() })
    const one = await start()
    const two = await start()
    const first = (await offer(one.challenge_id, 'PASSKEY')).passkey_options
    const second = (await offer(two.challenge_id, 'PASSKEY')).passkey_options
    assert.ok(first && second)
    assert.equal(first.challenge, linkedChallenge(digest, one.challenge_id))
    assert.notEqual(first.challenge, second.challenge)
    const passkey = authenticator.get(first)
    assert.equal(await refusalOf(answer(two.challenge_id, { passkey })), 'CODE_WRONG')
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => answer(one.challenge_id, { passkey })))
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
  })

  test('is its session’s alone, its purpose’s alone, and over after five minutes', async (t) => {
    const { bank, caller, factor, start, answer, inside } = (await withEngine(t)) as Awaited<
      ReturnType<typeof withEngine>
    > & { factor: { recovery_codes: string[] } }
    const { challenge_id } = await start()
    const code = factor.recovery_codes[0] as string
    const elsewhere = { ...caller, session_id: newId() }
    assert.equal(await refusalOf(answer(challenge_id, { code }, elsewhere)), 'CHALLENGE_GONE')
    const asLogin = inside(caller, (context) =>
      answerChallenge(context, { challenge_id, purpose: 'LOGIN', answer: { code } }),
    )
    assert.equal(await refusalOf(asLogin), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(answer(challenge_id, { code })), 'CODE_WRONG', 'a recovery code confirms no payment')
    bank.clock.advance(300_001)
    assert.equal(await refusalOf(answer(challenge_id, { code })), 'CHALLENGE_GONE')
  })

  test('a mailed code says what it confirms; five wrong ones end the challenge for good', async (t) => {
    const { bank, start, answer, offer, own } = await withEngine(t)
    await bank.owner`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, created_at)
      select ${newId()}, user_id, 'EMAIL', '', now(), now() from users`
    assert.equal(own.profile, 'sandbox')
    const { challenge_id } = await start()
    const before = (await mailsTo(bank, 'ann@example.com', 1)).length
    await offer(challenge_id, 'EMAIL')
    const [mail] = await mailsTo(bank, 'ann@example.com', before + 1)
    assert.match(mail?.text ?? '', /^Pay 250\.00 EUR to Bob Example, DE12 0000\. /)
    const code = mail?.code as string
    for (let i = 0; i < 5; i++)
      assert.equal(await refusalOf(answer(challenge_id, { code: otherThan(code) })), 'CODE_WRONG')
    assert.equal(await refusalOf(answer(challenge_id, { code })), 'CHALLENGE_GONE')
  })

  test('in a sandbox the password stands in for who has no factor at all; never once there is one', async (t) => {
    const { bank, caller, start, answer, own } = await withEngine(t, openWithAnn)
    const { challenge_id, factors } = await start()
    assert.deepEqual(factors, ['PASSWORD'])
    const [user] = await bank.owner<{ password_hash: string }[]>`select * from users`
    const check = (password: string) => checkPassword(user as never, password)
    assert.equal(await refusalOf(answer(challenge_id, { password: await check('wrong bottles all') })), 'CODE_WRONG')
    assert.deepEqual((await answer(challenge_id, { password: await check('seven green bottles') })).amr, ['pwd'])
    const late = await start()
    await enrolPhone(bank, caller)
    const password = await check('seven green bottles')
    assert.equal(await refusalOf(answer(late.challenge_id, { password })), 'FACTOR_NOT_OFFERED')
    ;(own as { profile: string }).profile = 'production'
    await bank.owner`delete from factors`
    assert.equal(await refusalOf(start()), 'FACTOR_MISSING')
  })
})
