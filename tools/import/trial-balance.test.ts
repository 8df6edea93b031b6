import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getLedgerBalance, getTrialBalance } from '#contracts/api/ledger-reports.ts'
import type { BankApi } from './bank-api.ts'
import { Refused } from './bank-api.ts'
import { closingBalance } from './trial-balance.ts'

/** What a bank has sealed, at a moment: the last entry of each account. */
type Seal = { known_at: string | null; last: Record<string, number> }

const BOOKED: Record<string, number> = { a: 3, b: 5, idle: 0 }
const NOTHING: Seal = { known_at: null, last: {} }
const SOME: Seal = { known_at: '2026-11-22T10:00:00.100Z', last: { a: 3, b: 4 } }
const ALL: Seal = { known_at: '2026-11-22T10:00:00.700Z', last: { a: 3, b: 5 } }

/** A bank whose newest seal is the next one each time its trial balance is asked for. */
function bankOf(seals: readonly Seal[], refusal = 'BEFORE_FIRST_SEAL') {
  const answers = seals.values()
  const call = (operation: unknown, asked: { params: { ledger_account_id: string }; query?: Partial<Seal> }) => {
    if (operation === getTrialBalance) return Promise.resolve({ ...answers.next().value, currencies: [] })
    assert.equal(operation, getLedgerBalance)
    const id = asked.params.ledger_account_id
    if (asked.query === undefined) return Promise.resolve({ last_sequence: BOOKED[id] })
    const seal = seals.find(({ known_at }) => known_at === asked.query?.known_at)
    if (seal === undefined || seal.last.refused !== undefined) return Promise.reject(new Refused(422, refusal, 'no'))
    return Promise.resolve({ last_sequence: seal.last[id] ?? 0 })
  }
  return { call: call as BankApi['call'] }
}

const ids = Object.keys(BOOKED)

test('the trial balance is that of the first seal that has the last entry of every account', async () => {
  const { trial_balance, knows_all } = await closingBalance(bankOf([NOTHING, SOME, ALL]), ids)
  assert.deepEqual([trial_balance.known_at, knows_all], [ALL.known_at, true])
  assert.equal((await closingBalance(bankOf([ALL]), ids)).trial_balance.known_at, ALL.known_at)
  assert.equal((await closingBalance(bankOf([NOTHING]), ['idle'])).knows_all, true)
})

test('books that are still being sealed from their beginning are waited for', async () => {
  const { trial_balance } = await closingBalance(bankOf([{ ...SOME, last: { refused: 1 } }, ALL]), ids)
  assert.equal(trial_balance.known_at, ALL.known_at)
})

test('books that stay unsealed are told as they are sealed, and that they do not know all', async (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => {
    now += 20_000
    return now
  })
  const { trial_balance, knows_all } = await closingBalance(bankOf([SOME, SOME, ALL]), ids)
  assert.deepEqual([trial_balance.known_at, knows_all], [SOME.known_at, false])
})

test('another refusal is told at once', async () => {
  const bank = bankOf([{ ...SOME, last: { refused: 1 } }], 'FORBIDDEN')
  await assert.rejects(closingBalance(bank, ids), { code: 'FORBIDDEN' })
})
