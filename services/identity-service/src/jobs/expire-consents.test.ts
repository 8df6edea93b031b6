import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getConsent } from '#contracts/api/identity-consents.ts'
import { consentRevoked } from '#contracts/events/identity.ts'
import { transactionInitiated } from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import type { JobContext } from '#libs/service/service.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openConsents, PAYING, READING } from '../../testing/consents.ts'
import { aUser } from '../../testing/people.ts'
import type { Own } from '../config.ts'
import { expireConsents } from './expire-consents.ts'

describe('expireConsents', () => {
  test('what ran out says so from its last moment on, what stands and what was taken back stay as they are', async (t) => {
    const { bank, opening, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const [short, long] = [await aConsent(user_id, { for_s: 60 }), await aConsent(user_id)]
    bank.clock.advance(61_000)
    const context = { database: opening.database, clock: bank.clock } as unknown as JobContext<Own>
    await expireConsents.run(context)
    const status = async (consent_id: string) => {
      const { reply } = await bank.call(getConsent, { params: { consent_id } }, aCustomer({ sub: user_id }))
      return [reply.status, reply.ended_at, reply.ended_reason]
    }
    assert.deepEqual(await status(short.consent_id), ['EXPIRED', short.expires_at.toISOString(), 'TIME_OVER'])
    assert.deepEqual(await status(long.consent_id), ['AUTHORISED', null, null])
    assert.deepEqual(await bank.published(consentRevoked), [])
  })
})

describe('onTransactionInitiated', () => {
  test('a payment that was made is USED; what may still be looked at, and payments of others, are not', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const paying = await aConsent(user_id, { details: [PAYING] })
    const other = await aConsent(user_id, { details: [PAYING] })
    const reading = await aConsent(user_id, { details: [READING] })
    for (const { session_id, client_id } of [paying, reading, { session_id: newId(), client_id: null }])
      bank.receive(transactionInitiated, {
        ...{ transaction_id: newId(), transaction_ref: 'TRX-1', account_id: newId(), related_account_id: null },
        ...{ amount_cents: 12_550n, currency: 'EUR', transaction_type: 'TRANSFER', session_id, client_id },
        ...{ device_id: null, auth_method: 'pwd+otp', initiated_by: user_id },
      })
    const statuses = async () => {
      const rows = await bank.owner<{ consent_id: string; status: string }[]>`select consent_id, status from consents`
      return new Map(rows.map(({ consent_id, status }) => [consent_id, status]))
    }
    await eventually(async () => assert.equal((await statuses()).get(paying.consent_id), 'USED'))
    const now = await statuses()
    assert.deepEqual([now.get(other.consent_id), now.get(reading.consent_id)], ['AUTHORISED', 'AUTHORISED'])
  })
})
