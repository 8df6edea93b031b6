import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { JobContext } from '#libs/service/service.ts'
import { aUser, OTHER_PASSWORD, openIdentity, refusalOf, signIn, tryLogin } from '../../testing/people.ts'
import type { Own } from '../config.ts'
import { forgetExpired } from './forget-expired.ts'

describe('forgetExpired', () => {
  test('ends sessions whose time is over and forgets what nobody may use, nothing younger', async (t) => {
    const opened: { database?: JobContext<Own>['database'] } = {}
    const bank = await openIdentity(t, {}, (opening) => {
      opened.database = opening.database
    })
    const run = () => forgetExpired.run({ database: opened.database, clock: bank.clock } as unknown as JobContext<Own>)
    const counts = async () => {
      const [row] = await bank.owner<Record<string, number>[]>`
        select (select count(*)::int from sessions where status = 'ACTIVE') as active, (select count(*)::int from sessions) as sessions,
          (select count(*)::int from refresh_tokens) as tokens, (select count(*)::int from one_time_codes) as codes,
          (select count(*)::int from address_attempts) as attempts, (select count(*)::int from source_attempts) as sources,
          (select count(*)::int from mails) as mails`
      return { ...row }
    }
    await aUser(bank)
    await signIn(bank)
    await refusalOf(tryLogin(bank, 'nobody@example.com', OTHER_PASSWORD, { ip_hash: 'somewhere' }))
    await bank.call(api.forgotPassword, { body: { email: 'nobody@example.com' } }, anonymous)
    const all = { active: 1, sessions: 1, tokens: 1, codes: 1, attempts: 4, sources: 1, mails: 2 }
    await run()
    assert.deepEqual(await counts(), all)
    bank.clock.advance(7.5 * 86_400_000)
    await run()
    assert.deepEqual(await counts(), { ...all, active: 0, tokens: 1, codes: 0, sources: 0, mails: 0 })
    bank.clock.advance(90 * 86_400_000)
    await run()
    const none = { active: 0, sessions: 0, tokens: 0, codes: 0, attempts: 0, sources: 0, mails: 0 }
    assert.deepEqual(await counts(), none)
    assert.equal((await bank.owner`select 1 from users`).length, 1)
  })
  test('forgets wrong codes after their 30 days and devices after 180 quiet ones, not before', async (t) => {
    const opened: { database?: JobContext<Own>['database'] } = {}
    const bank = await openIdentity(t, {}, (opening) => {
      opened.database = opening.database
    })
    const left = async () => {
      await forgetExpired.run({ database: opened.database, clock: bank.clock } as unknown as JobContext<Own>)
      const [row] = await bank.owner<{ codes: number; devices: number }[]>`
        select (select count(*)::int from code_failures) as codes, (select count(*)::int from known_devices) as devices`
      return [row?.codes, row?.devices]
    }
    await aUser(bank)
    await signIn(bank, 'ann@example.com', { device_id: 'own-laptop' })
    const body = { email: 'ann@example.com', code: '11111111' }
    assert.equal(await refusalOf(bank.call(api.verifyUser, { body }, anonymous)), 'CODE_WRONG')
    bank.clock.advance(29.9 * 86_400_000)
    assert.deepEqual(await left(), [1, 1])
    bank.clock.advance(86_400_000)
    assert.deepEqual(await left(), [0, 1])
    bank.clock.advance(150 * 86_400_000)
    assert.deepEqual(await left(), [0, 0])
  })
})
