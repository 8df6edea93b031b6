import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as devices from '#contracts/api/identity-devices.ts'
import { approvalDenied } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { aPhone, enrolDevice, halfSignIn, offer, openWithTotp, pushesOf, verify } from '../../../testing/factors.ts'
import { aUser, callerOf, otherThan, refusalOf, signIn } from '../../../testing/people.ts'

async function withPhone(t: TestContext) {
  const opened = await openWithTotp(t)
  const { bank, strong, freshCode } = opened
  const tokens = await verify(bank, await halfSignIn(bank, 'phone-01'), { code: freshCode() })
  const phone = await enrolDevice(bank, { tokens, strength: strong })
  const ask = async () => {
    const challenge_id = await halfSignIn(bank)
    const { match_number } = await offer(bank, challenge_id, 'PUSH')
    return { challenge_id, match_number: match_number as string }
  }
  const answer = (
    challenge_id: string,
    decision: 'APPROVE' | 'DENY',
    match_number: string | null,
    { by = phone.caller as Caller, signature = undefined as string | undefined, digest = null as string | null } = {},
  ) => {
    const signed = phone.phone.decision({ challenge_id, digest, decision, match_number })
    const typed = match_number === null ? {} : { match_number }
    const body = { decision, signature: signature ?? signed, ...typed }
    return bank.call(devices.answerApproval, { params: { challenge_id }, body }, by)
  }
  return { ...opened, phone, ask, answer }
}

describe('answerApproval', () => {
  test('the telephone is woken without a word, sees what waits, and its signature completes the sign-in', async (t) => {
    const { bank, user, phone, ask, answer } = await withPhone(t)
    const { challenge_id, match_number } = await ask()
    assert.deepEqual(await pushesOf(bank, 1), [user.user_id])
    assert.equal(await refusalOf(verify(bank, challenge_id, { push: true })), 'APPROVAL_PENDING')
    const { items } = (await bank.call(devices.listMyApprovals, {}, phone.caller)).reply
    assert.deepEqual(
      items.map((one) => [one.challenge_id, one.purpose, one.shown, one.digest]),
      [[challenge_id, 'LOGIN', null, null]],
    )
    assert.equal(JSON.stringify(items).includes(`"${match_number}"`), false, 'only the other screen shows the number')
    assert.deepEqual((await answer(challenge_id, 'APPROVE', match_number)).reply, { status: 'APPROVED' })
    const signed = await callerOf(bank, await verify(bank, challenge_id, { push: true }))
    assert.deepEqual([signed.amr, signed.acr], [['pwd', 'mca', 'pop'], '2'])
    assert.equal(await refusalOf(verify(bank, challenge_id, { push: true })), 'CHALLENGE_GONE')
  })

  test('of eight approvals at once one is taken, and eight sign-ins by it are one', async (t) => {
    const { bank, ask, answer } = await withPhone(t)
    const { challenge_id, match_number } = await ask()
    const approvals = Array.from({ length: 8 }, () => answer(challenge_id, 'APPROVE', match_number))
    const approved = await Promise.allSettled(approvals)
    assert.equal(approved.filter((one) => one.status === 'fulfilled').length, 1)
    const entered = await Promise.allSettled(
      Array.from({ length: 8 }, () => verify(bank, challenge_id, { push: true })),
    )
    assert.equal(entered.filter((one) => one.status === 'fulfilled').length, 1)
  })

  test('a denial ends the sign-in for every factor, and is told', async (t) => {
    const { bank, user, ask, answer, freshCode } = await withPhone(t)
    const { challenge_id } = await ask()
    assert.deepEqual((await answer(challenge_id, 'DENY', null)).reply, { status: 'DENIED' })
    assert.equal(await refusalOf(verify(bank, challenge_id, { push: true })), 'APPROVAL_DENIED')
    assert.equal(await refusalOf(verify(bank, challenge_id, { code: freshCode() })), 'APPROVAL_DENIED')
    const told = { user_id: user.user_id, challenge_id, purpose: 'LOGIN' }
    assert.deepEqual(await bank.published(approvalDenied), [told])
  })

  test('approval takes the number of the other screen: wrong ones count, five end it', async (t) => {
    const { bank, ask, answer } = await withPhone(t)
    const { challenge_id, match_number } = await ask()
    assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', null)), 'CODE_WRONG')
    for (let i = 0; i < 4; i++)
      assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', otherThan(match_number))), 'CODE_WRONG')
    assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', match_number)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(verify(bank, challenge_id, { push: true })), 'CHALLENGE_GONE')
  })

  test('a session without the key approves nothing, nor does a signature over something else', async (t) => {
    const { bank, caller, ask, answer } = await withPhone(t)
    const { challenge_id, match_number } = await ask()
    assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', match_number, { by: caller })), 'DEVICE_UNKNOWN')
    const decided = { challenge_id, digest: null, decision: 'APPROVE' as const, match_number }
    const stranger = aPhone().decision(decided)
    assert.equal(
      await refusalOf(answer(challenge_id, 'APPROVE', match_number, { signature: stranger })),
      'SIGNATURE_WRONG',
    )
    const other = { digest: 'A'.repeat(43) }
    assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', match_number, other)), 'SIGNATURE_WRONG')
    const second = await ask()
    const moved = answer(second.challenge_id, 'DENY', null)
    await moved
    assert.equal(await refusalOf(answer(second.challenge_id, 'APPROVE', second.match_number)), 'APPROVAL_DENIED')
    await aUser(bank, 'bob@example.com')
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com', { device_id: 'phone-01' }))
    assert.equal(await refusalOf(answer(challenge_id, 'APPROVE', match_number, { by: bob })), 'CHALLENGE_GONE')
  })

  test('two questions wait at most: nobody is asked until he says yes', async (t) => {
    const { bank, ask } = await withPhone(t)
    const { challenge_id, match_number } = await ask()
    assert.equal((await offer(bank, challenge_id, 'PUSH')).match_number, match_number)
    await ask()
    assert.equal(await refusalOf(ask()), 'TOO_MANY_APPROVALS')
    await pushesOf(bank, 2)
  })

  test('a stranger with the password asks a few times an hour; from a device of one’s own it goes on', async (t) => {
    const { bank, ask, answer } = await withPhone(t)
    for (let i = 0; i < 5; i++) {
      await answer((await ask()).challenge_id, 'DENY', null)
      bank.clock.advance(300_001)
    }
    assert.equal(await refusalOf(ask()), 'TOO_MANY_APPROVALS')
    const own = await halfSignIn(bank, 'phone-01')
    assert.match((await offer(bank, own, 'PUSH')).match_number ?? '', /^\d{2}$/)
    bank.clock.advance(3_600_001)
    await ask()
  })
})
