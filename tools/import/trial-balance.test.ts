import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getBusinessDate } from '#contracts/api/ledger-days.ts'
import type { BankApi } from './bank-api.ts'
import { Refused } from './bank-api.ts'
import { trialBalanceOfNow } from './trial-balance.ts'

const BANK_TIME = '2026-11-22T10:00:00.000Z'

test('the trial balance is asked as known when the last row had been booked, until the seals are that far', async () => {
  const asked: unknown[] = []
  const bank = (operation: unknown, input: { query?: { known_at?: string } }) => {
    if (operation === getBusinessDate) return Promise.resolve({ bank_time: BANK_TIME })
    asked.push(input.query?.known_at)
    return asked.length < 3
      ? Promise.reject(new Refused(422, 'BEYOND_HORIZON', 'settled up to a moment before'))
      : Promise.resolve({ currencies: [] })
  }
  const reply = await trialBalanceOfNow({ call: bank as BankApi['call'] })
  assert.deepEqual(reply, { currencies: [] })
  assert.deepEqual(asked, [BANK_TIME, BANK_TIME, BANK_TIME])
})

test('another refusal is told at once', async () => {
  const bank = (operation: unknown) =>
    operation === getBusinessDate
      ? Promise.resolve({ bank_time: BANK_TIME })
      : Promise.reject(new Refused(403, 'FORBIDDEN', 'not for tellers'))
  await assert.rejects(trialBalanceOfNow({ call: bank as BankApi['call'] }), { code: 'FORBIDDEN' })
})
