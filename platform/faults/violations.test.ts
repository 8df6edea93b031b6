import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Payment } from './journal.ts'
import { feltSince } from './journal.ts'
import { type Kept, type KeptBooking, type KeptTransaction, kindsOf, violationsOf } from './violations.ts'

const payment: Payment = {
  key: 'k1',
  source: 'A',
  destination: 'B',
  currency: 'EUR',
  amount_cents: 30,
  begunMs: 1_000,
  attempts: [
    { sentMs: 1_000, tookMs: 100, gateway: 'g', answer: 'ECONNREFUSED' },
    { sentMs: 2_000, tookMs: 500, gateway: 'g', answer: 202 },
  ],
  transaction_id: 't1',
  confirmedMs: 2_500,
}
const transaction: KeptTransaction = {
  key: 'k1',
  transaction_id: 't1',
  stage: 'COMPLETED',
  source: 'A',
  destination: 'B',
  currency: 'EUR',
  amount_cents: 30n,
  failure_code: null,
}
const booking: KeptBooking = {
  transaction_id: 't1',
  ledger_transaction_id: 'l1',
  debits: ['A'],
  credits: ['B'],
  amounts_cents: [30n],
  currency: 'EUR',
  entries: [
    { account: 'A', signed_cents: -30n },
    { account: 'B', signed_cents: 30n },
  ],
}
const balances = (a: bigint, b: bigint) =>
  new Map([
    ['A', a],
    ['B', b],
  ])
const good: Kept = {
  transactions: [transaction],
  bookings: [booking],
  before: balances(100n, 0n),
  after: balances(70n, 30n),
}
const of = (kept: Partial<Kept>, payments: readonly Payment[] = [payment]) =>
  violationsOf(payments, { ...good, ...kept })

describe('the verdict on a load', () => {
  test('finds nothing where all that was confirmed is there once', () => {
    assert.deepEqual(of({}), { lines: [], lost_cents: 0n })
  })

  test('finds a confirmed transfer that is lost, with its money', () => {
    const { lines, lost_cents } = of({ transactions: [], bookings: [], after: balances(100n, 0n) })
    assert.match(lines.join(), /k1 was confirmed as t1 and is lost/)
    assert.equal(lost_cents, 30n)
  })

  test('finds a transfer that was made twice, and one that nobody asked for', () => {
    assert.match(
      of({ transactions: [transaction, { ...transaction, transaction_id: 't2' }] }).lines.join(),
      /k1 is there 2 times/,
    )
    assert.match(of({ transactions: [transaction, { ...transaction, key: 'k2' }] }).lines.join(), /nobody asked/)
  })

  test('finds a booking that is doubled, missing, of another amount or without its pair of entries', () => {
    assert.match(of({ bookings: [booking, booking] }).lines.join(), /booked 2 times/)
    assert.match(of({ bookings: [] }).lines.join(), /booked 0 times/)
    assert.match(of({ bookings: [{ ...booking, amounts_cents: [31n] }] }).lines.join(), /books something else/)
    assert.match(of({ bookings: [{ ...booking, entries: booking.entries.slice(1) }] }).lines.join(), /one pair/)
    assert.match(of({ transactions: [{ ...transaction, stage: 'FAILED' }] }).lines.join(), /FAILED and booked 1 times/)
  })

  test('finds a saga that has not ended, a key that was never confirmed, and a balance that is off', () => {
    assert.match(of({ transactions: [{ ...transaction, stage: 'RESERVED' }] }).lines.join(), /not ended: RESERVED/)
    const { transaction_id: _id, confirmedMs: _at, ...unknown } = payment
    assert.match(of({}, [unknown]).lines.join(), /never confirmed in 2 attempts/)
    assert.deepEqual(of({ after: balances(70n, 29n) }), { lines: ['B holds 29 and should hold 30'], lost_cents: 1n })
  })
})

describe('what customers felt', () => {
  test('counts failed requests, the longest time without a confirmation, and the longest wait', () => {
    const felt = feltSince({ payments: [payment] }, 500)
    assert.deepEqual(felt, { pause_s: 2, longest_wait_s: 1.5, requests: 2, failed: 1, confirmed: 1, unconfirmed: 0 })
  })

  test('counts a bank that never came back as a pause to the last answer', () => {
    const attempts = payment.attempts.map((one) => ({ ...one, answer: 503 }))
    const { transaction_id: _id, confirmedMs: _at, ...waiting } = payment
    const felt = feltSince({ payments: [{ ...waiting, attempts }] }, 1_500)
    assert.deepEqual(felt, { pause_s: 1, longest_wait_s: 0, requests: 1, failed: 1, confirmed: 0, unconfirmed: 1 })
  })
})

test('findings that differ in ids and amounts only are told as one, with their number and the first of them', () => {
  const lines = [
    '0198c1de-8b1e-7000-8000-00000000000a holds 5 and should hold 70',
    'k1 was refused: 409 conflict',
    '0198c1de-8b1e-7000-8000-00000000000b holds 6 and should hold 7',
  ]
  assert.deepEqual(kindsOf(lines), [`2 × ${lines[0]}`, `1 × ${lines[1]}`])
})
