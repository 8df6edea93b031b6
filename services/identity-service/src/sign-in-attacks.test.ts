import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { challengeFactor } from '#contracts/api/identity-factors.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { JobContext } from '#libs/service/service.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  callerOf,
  codeTo,
  enrol,
  mailsTo,
  OTHER_PASSWORD,
  openIdentity,
  otherThan,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../testing/people.ts'
import type { Own } from './config.ts'
import { forgetExpired } from './jobs/forget-expired.ts'
import { hashNewPassword } from './passwords.ts'

const email = 'ann@example.com'
const device_id = 'own-laptop'
const FEW = { env: { BANKFLOW_STUFFED_ADDRESSES: '5' } }

/** A user whose address had so many failures in a row, and whose wait is over. */
async function openAfter(t: TestContext, failures: number): Promise<ServiceTest> {
  const bank = await openIdentity(t)
  await aUser(bank)
  await signIn(bank, email, { device_id })
  await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
  await bank.owner`update address_attempts set failures = ${failures - 1} where kind = 'LOGIN'`
  assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
  assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
  return bank
}

/** Addresses are counted by the hour of the clock: a test that passes from one to the next would see them counted anew. */
function beginAnHour(bank: ServiceTest): void {
  bank.clock.advance(3_600_000 - (bank.clock.wall.now().getTime() % 3_600_000))
}

/** Completes a sign-in by the code that is mailed for it; `count` are the mails that there are then. */
async function completeByMail(bank: ServiceTest, challenge_id: string | undefined, count: number) {
  const id = challenge_id as string
  await bank.call(challengeFactor, { body: { challenge_id: id, factor: 'EMAIL' } }, anonymous)
  const code = await codeTo(bank, email, count)
  return (await bank.call(api.verifyFactor, { body: { challenge_id: id, code } }, anonymous)).reply
}

describe('brute force', () => {
  test('ASVS 2.2.1: after ten failures the right password alone is too little: a mailed code is asked, too', async (t) => {
    const bank = await openAfter(t, 10)
    bank.clock.advance(900_001)
    const { reply } = await tryLogin(bank, email, PASSWORD)
    assert.deepEqual([reply.status, reply.factors, reply.tokens], ['MFA_REQUIRED', ['EMAIL'], undefined])
    const tokens = await completeByMail(bank, reply.challenge_id, 2)
    const caller = await callerOf(bank, tokens)
    assert.deepEqual(caller.amr, ['pwd', 'email'])
    assert.equal(caller.acr, '1', 'the mailbox resets the password: together they are one factor')
    await signIn(bank)
  })

  test('who has a second factor is asked for that, not for a mailed code', async (t) => {
    const bank = await openAfter(t, 10)
    bank.clock.advance(900_001)
    await enrol(bank, await callerOf(bank, await signIn(bank, email, { device_id })))
    const { reply } = await tryLogin(bank, email, PASSWORD)
    assert.deepEqual(reply.factors, ['TOTP', 'RECOVERY_CODE'])
  })

  test('after twenty failures a day is waited, after thirty until somebody ends it; a new password by mail does', async (t) => {
    const bank = await openAfter(t, 20)
    bank.clock.advance(86_380_000)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    bank.clock.advance(20_001)
    await bank.owner`update address_attempts set failures = 29 where kind = 'LOGIN'`
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    bank.clock.advance(300 * 86_400_000)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const body = { email, code: await codeTo(bank, email, 2), password: OTHER_PASSWORD }
    await bank.call(api.resetPassword, { body }, anonymous)
    await signIn(bank, email, { password: OTHER_PASSWORD })
  })

  test('no state of the address keeps its owner from signing in on a device of his', async (t) => {
    for (const failures of [5, 10, 20, 30]) {
      const bank = await openAfter(t, failures)
      await signIn(bank, email, { device_id })
    }
  })
})

describe('guessing of codes', () => {
  test('ASVS 2.2.1, ASVS 2.8.4: a wrong mailed code counts like a wrong password: after ten failures one of them ends the sign-in', async (t) => {
    const bank = await openAfter(t, 10)
    bank.clock.advance(900_001)
    const { reply } = await tryLogin(bank, email, PASSWORD)
    const challenge_id = reply.challenge_id as string
    await bank.call(challengeFactor, { body: { challenge_id, factor: 'EMAIL' } }, anonymous)
    const code = await codeTo(bank, email, 2)
    const answer = (one: string) => bank.call(api.verifyFactor, { body: { challenge_id, code: one } }, anonymous)
    assert.equal(await refusalOf(answer(otherThan(code))), 'CODE_WRONG')
    assert.equal(await refusalOf(answer(code)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
  })
})

describe('credential stuffing', () => {
  test('one source that tries each address once waits, for longer each time; other sources do not', async (t) => {
    const bank = await openIdentity(t, FEW)
    beginAnHour(bank)
    await aUser(bank)
    const from = (ip_hash: string, i: number, password = `a stolen password ${i}`) =>
      refusalOf(tryLogin(bank, `user${i}@example.com`, password, { ip_hash }))
    for (let i = 0; i < 5; i++) assert.equal(await from('botnet', i), 'CREDENTIALS_WRONG')
    for (const wait_s of [60, 120, 240]) {
      const refused = await tryLogin(bank, email, PASSWORD, { ip_hash: 'botnet' }).catch((error) => error)
      assert.equal(refused.kind.code, 'TOO_BUSY')
      const told_s = Number(refused.options.headers['retry-after'])
      assert.ok(told_s <= wait_s && told_s > wait_s - 10, `${told_s} of ${wait_s}`)
      bank.clock.advance(wait_s * 1_000)
      assert.equal(await from('botnet', 100 + wait_s), 'CREDENTIALS_WRONG')
    }
    assert.equal(await from('elsewhere', 9), 'CREDENTIALS_WRONG')
    assert.equal((await tryLogin(bank, email, PASSWORD, { ip_hash: 'home' })).reply.status, 'SIGNED_IN')
  })

  test('one password on many addresses from many sources: each source waits after its try, and its owner needs a code', async (t) => {
    const bank = await openIdentity(t, FEW)
    beginAnHour(bank)
    await aUser(bank)
    for (let i = 0; i < 5; i++)
      await refusalOf(tryLogin(bank, `user${i}@example.com`, PASSWORD, { ip_hash: `bot-${i}` }))
    assert.equal(
      await refusalOf(tryLogin(bank, 'user6@example.com', PASSWORD, { ip_hash: 'bot-6' })),
      'CREDENTIALS_WRONG',
    )
    assert.equal(await refusalOf(tryLogin(bank, 'user7@example.com', PASSWORD, { ip_hash: 'bot-6' })), 'TOO_BUSY')
    const { reply } = await tryLogin(bank, email, PASSWORD, { ip_hash: 'home' })
    assert.deepEqual([reply.status, reply.factors], ['MFA_REQUIRED', ['EMAIL']])
    bank.clock.advance(3_600_000)
    assert.equal((await tryLogin(bank, email, PASSWORD, { ip_hash: 'home' })).reply.status, 'SIGNED_IN')
  })

  test('who fails behind the same address of the network keeps nobody from a device of his', async (t) => {
    const bank = await openIdentity(t, FEW)
    await aUser(bank)
    const ip_hash = 'one big office'
    assert.equal((await tryLogin(bank, email, PASSWORD, { device_id, ip_hash })).reply.status, 'SIGNED_IN')
    for (let i = 0; i < 6; i++) await refusalOf(tryLogin(bank, `user${i}@example.com`, OTHER_PASSWORD, { ip_hash }))
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, { ip_hash })), 'TOO_BUSY')
    assert.equal((await tryLogin(bank, email, PASSWORD, { device_id, ip_hash })).reply.status, 'SIGNED_IN')
  })

  test('what is counted says neither who was tried nor what was typed, and is gone after hours', async (t) => {
    const opened: { database?: JobContext<Own>['database'] } = {}
    const bank = await openIdentity(t, FEW, (opening) => {
      opened.database = opening.database
    })
    await aUser(bank)
    const [user] = await bank.owner<{ email_hash: string }[]>`select email_hash from users`
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { ip_hash: 'home' }))
    const rows = await bank.owner`select * from guessed_addresses`
    assert.equal(rows.length, 2)
    const stored = JSON.stringify(rows)
    for (const secret of [user?.email_hash as string, OTHER_PASSWORD, email])
      assert.equal(stored.includes(secret), false)
    bank.clock.advance(3 * 3_600_000)
    await forgetExpired.run({ database: opened.database, clock: bank.clock } as unknown as JobContext<Own>)
    assert.equal((await bank.owner`select 1 from guessed_addresses`).length, 0)
  })
})

describe('a breached password at sign-in', () => {
  test('ASVS 2.1.7: is asked for a code besides, told about once by mail, and forgotten with a new one', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const password = 'liverpool2024'
    await bank.owner`update users set password_hash = ${await hashNewPassword(password)}`
    const { reply } = await tryLogin(bank, email, password, { device_id })
    assert.deepEqual([reply.status, reply.factors], ['MFA_REQUIRED', ['EMAIL']])
    await tryLogin(bank, email, password)
    const mails = await mailsTo(bank, email, 2)
    assert.deepEqual(mails.map((mail) => mail.subject).toSorted(), [
      'Please choose another password',
      'Prove your e-mail address',
    ])
    assert.equal(JSON.stringify(mails).includes(password), false)
    await completeByMail(bank, reply.challenge_id, 3)
    const [marked] = await bank.owner`select password_breached_at from users`
    assert.ok(marked?.password_breached_at)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const body = { email, code: await codeTo(bank, email, 4), password: OTHER_PASSWORD }
    await bank.call(api.resetPassword, { body }, anonymous)
    await signIn(bank, email, { password: OTHER_PASSWORD })
    const [cleared] = await bank.owner`select password_breached_at from users`
    assert.equal(cleared?.password_breached_at, null)
  })

  test('a wrong password is looked up nowhere: it would tell others what was typed', async (t) => {
    const asked: string[] = []
    const bank = await openIdentity(t, {}, (_opening, own) => {
      own.breached = { isBreached: async (one) => asked.push(one) > 100 }
    })
    await aUser(bank)
    asked.length = 0
    await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    await refusalOf(tryLogin(bank, 'nobody@example.com', OTHER_PASSWORD))
    assert.deepEqual(asked, [])
    await signIn(bank)
    assert.deepEqual(asked, [PASSWORD])
  })
})
