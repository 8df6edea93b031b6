import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { openWithAnn, openWithTotp } from '../../../testing/factors.ts'
import { PASSWORD, refusalOf } from '../../../testing/people.ts'

describe('enrolEmail', () => {
  test('stands beside another factor, never by itself: the mailbox also resets the password', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const alone = bank.call(factors.enrolEmail, { body: { password: PASSWORD } }, caller)
    assert.equal(await refusalOf(alone), 'FACTOR_MISSING')
    assert.equal((await bank.owner`select 1 from factors`).length, 0)
  })

  test('takes what a change of factors takes, and is one', async (t) => {
    const { bank, caller, strong } = await openWithTotp(t)
    const enrol = (body: object) => bank.call(factors.enrolEmail, { body }, caller)
    assert.equal(await refusalOf(enrol({ password: PASSWORD })), 'FACTOR_REQUIRED')
    const { reply } = await enrol(await strong())
    assert.deepEqual([reply.factor_type, reply.label], ['EMAIL', 'ann@example.com'])
    assert.equal(await refusalOf(enrol(await strong())), 'FACTOR_EXISTS')
  })
})
