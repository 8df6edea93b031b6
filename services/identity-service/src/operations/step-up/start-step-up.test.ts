import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type * as api from '#contracts/api/identity-step-up.ts'
import { getBeneficiary, transferMoney } from '#contracts/api/transaction.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { proofFor, stepUpDigest, withProof } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { openWithAnn } from '../../../testing/factors.ts'
import { refusalOf, trailOf, verifierOf } from '../../../testing/people.ts'
import { ACCOUNT_OF_ANOTHER, actsOf, BODY, openTotp, playAccounts, WISH } from '../../../testing/step-up.ts'

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
})

describe('who has no second factor', () => {
  test('enrols one first in production', async (t) => {
    const { bank, caller } = await openWithAnn(t, { profile: 'production' })
    playAccounts(bank, caller)
    assert.equal(await refusalOf(actsOf(bank, caller).start()), 'FACTOR_MISSING')
  })
})

describe('what is to be confirmed', () => {
  test('names whom somebody is about to trust, and knows no payee of another customer', async (t) => {
    const { bank, caller, start } = await openTotp(t)
    const [hers, his] = [newId(), newId()]
    bank.peer(getBeneficiary, ({ params: { beneficiary_id } }) => ({
      ...{ beneficiary_id, customer_id: beneficiary_id === hers ? (caller.customer_id as string) : newId() },
      ...{ beneficiary_type: 'INTERNAL' as const, name: 'Zoë Landlord', account_number: 'FB-00000017-4' },
      ...{ account_id: newId(), bank_code: null, country: null, currency: 'EUR', is_favourite: false },
      ...{ is_trusted: false, last_paid_at: null, created_at: '2026-01-01T00:00:00.000Z', version: 1 },
    }))
    const wish = (beneficiary_id: string) => ({
      ...{ operation: 'trustBeneficiary', params: { beneficiary_id }, body: { is_trusted: true } },
    })
    const { shown } = await start(wish(hers))
    assert.match(shown.text, /^Trust Zoë Landlord, FB-00000017-4:/)
    assert.equal(await refusalOf(start(wish(his))), 'NOT_FOUND')
  })

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
    assert.deepEqual(await pointersOf({ ...WISH, body: { ...BODY, source_account_id: ACCOUNT_OF_ANOTHER } }), [
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

describe('startStepUp', () => {
  test('is begun by a person in a session alone, and keeps nothing of anybody else', async (t) => {
    const { bank, user, caller, start } = await openTotp(t)
    const kept = async () => (await bank.owner`select 1 from challenges where purpose = 'STEP_UP'`).count
    assert.equal(await refusalOf(start(WISH, anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(start(WISH, { ...caller, session_id: null })), 'USER_ALONE')
    await bank.owner`update users set is_active = false where user_id = ${user.user_id}`
    assert.equal(await refusalOf(start()), 'USER_ALONE', 'somebody who was shut out')
    assert.equal(await kept(), 0)
    await bank.owner`update users set is_active = true where user_id = ${user.user_id}`
    const { challenge_id } = await start()
    assert.equal(await kept(), 1)
    const lines = await trailOf(bank, 'startStepUp')
    assert.deepEqual(
      [lines.at(-1)?.user_id, lines.at(-1)?.entity_id, lines.at(-1)?.outcome],
      [user.user_id, challenge_id, 'done'],
    )
  })
})
