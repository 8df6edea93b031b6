import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { FraudDecision, Stage, TransactionRow } from '../tables.ts'
import { firstSteps, newCashMovement, newTransfer } from './beginnings.ts'
import { ACTS_IN, advance, type Happening, isEnd, isSettled, statusOf } from './states.ts'

const AT = new Date('2026-03-01T10:00:00Z')
const LATER = new Date('2026-03-01T10:00:01Z')
const birth = {
  ...{ transaction_id: 't', initiated_by: 'ann', session_id: null, client_id: null, device_id: null },
  ...{ auth_method: 'pwd', correlation_id: 'c', traceparent: 'p', created_at: AT },
}
const movement = { amount_cents: 5n, currency: 'EUR', description: '', value_date: '2026-03-01', branch_id: null }

function transfer(): TransactionRow {
  const row = newTransfer(birth, { ...movement, source_account_id: 'a', destination_account_id: 'b' })
  return { ...row, transaction_ref: 'TXN-2026-0000000001', event_count: firstSteps(row).length }
}

function cash(direction: 'CREDIT' | 'DEBIT', batch_id: string | null = null): TransactionRow {
  const row = newCashMovement(birth, { ...movement, account_id: 'a', direction, batch_id })
  return { ...row, transaction_ref: 'TXN-2026-0000000002', event_count: firstSteps(row).length }
}

const decisions = fc.constantFrom<FraudDecision>('ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK')
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.constant<Happening>({ kind: 'hold_placed', hold_id: 'h' }),
  fc.constant<Happening>({ kind: 'hold_refused', code: 'INSUFFICIENT_FUNDS' }),
  decisions.map(
    (decision): Happening => ({ kind: 'fraud_verdict', decision, fraud_score: 9, rule: 'r', approval_above: 0n }),
  ),
  fc.constant<Happening>({ kind: 'fraud_timeout' }),
  fc.constant<Happening>({ kind: 'hold_expired' }),
  fc.constant<Happening>({ kind: 'approved', by: 'bob', reason: 'known payee' }),
  fc.constant<Happening>({ kind: 'rejected', by: 'bob', reason: 'looks odd' }),
  fc.constant<Happening>({ kind: 'posted', ledger_transaction_id: 'l', value_date: '2026-03-01', booked_at: AT }),
  fc.constant<Happening>({ kind: 'post_refused', code: 'HOLD_NOT_ACTIVE' }),
  fc.constant<Happening>({ kind: 'hold_released' }),
  fc.constant<Happening>({ kind: 'cancelled', by: 'ann' }),
  fc.constant<Happening>({ kind: 'reversed', reversal_id: 'r', reason_code: 'DUPLICATE' }),
)

function run(row: TransactionRow, happened: readonly Happening[]) {
  const types = firstSteps(row).map(({ event_type }) => event_type)
  let now = row
  for (const happening of happened) {
    const next = advance(now, happening, LATER)
    if (next === null) continue
    types.push(...next.steps.map(({ event_type }) => event_type))
    now = next.row
  }
  return { row: now, types }
}

/** What really happens next, given what has been decided: the ledger and the people only act on what they were asked. */
function answerTo(stage: Stage, luck: number): Happening | null {
  const verdict = (['ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK'] as const)[luck % 4] ?? 'ALLOW'
  const answers: Record<Stage, Happening[]> = {
    INITIATED: [
      { kind: 'hold_placed', hold_id: 'h' },
      { kind: 'hold_refused', code: 'ACCOUNT_BLOCKED' },
    ],
    RESERVED: [
      { kind: 'fraud_verdict', decision: verdict, fraud_score: 1, rule: 'r', approval_above: 0n },
      { kind: 'fraud_timeout' },
    ],
    AWAITING_APPROVAL: [
      { kind: 'approved', by: 'bob', reason: 'x' },
      { kind: 'rejected', by: 'bob', reason: 'x' },
    ],
    PROCESSING: [
      { kind: 'posted', ledger_transaction_id: 'l', value_date: '2026-03-01', booked_at: AT },
      { kind: 'post_refused', code: 'HOLD_NOT_ACTIVE' },
    ],
    RELEASING: [{ kind: 'hold_released' }],
    COMPLETED: [],
    FAILED: [],
    CANCELLED: [],
    REVERSED: [],
  }
  const choices = answers[stage]
  return choices[(luck >> 2) % Math.max(choices.length, 1)] ?? null
}

const ENDS: readonly string[] = ['transaction.completed', 'transaction.failed', 'transaction.cancelled']

describe('the states of a transaction', () => {
  test('whatever happens, in any order and however often, it ends at most once and then changes no more', () => {
    fc.assert(
      fc.property(fc.array(happenings, { maxLength: 60 }), (happened) => {
        const { row, types } = run(transfer(), happened)
        const ends = types.filter((type) => ENDS.includes(type))
        assert.equal(ends.length, isEnd(row.stage) ? 1 : 0)
        assert.equal(row.completed_at !== null, isEnd(row.stage))
        assert.equal(row.event_count, types.length)
        // What is completed may be undone, once.
        const late = row.stage === 'COMPLETED' ? happened.filter(({ kind }) => kind !== 'reversed') : happened
        if (isEnd(row.stage)) for (const happening of late) assert.equal(advance(row, happening, LATER), null)
        assert.ok(types.filter((type) => type === 'transaction.reversed').length <= 1)
      }),
    )
  })

  test('a hold that was placed is either captured by a booking or given back, never both, never neither', () => {
    fc.assert(
      fc.property(fc.array(happenings, { maxLength: 60 }), (happened) => {
        const { row, types } = run(transfer(), happened)
        const released = types.includes('transaction.releasing')
        const completed = types.includes('transaction.completed')
        assert.ok(!(released && completed))
        if (row.stage === 'FAILED') assert.equal(released, row.hold_id !== null)
        if (row.stage === 'CANCELLED') assert.ok(released)
        if (row.stage === 'COMPLETED') assert.notEqual(row.hold_id, null)
      }),
    )
  })

  test('found booked after a restore, it is completed from wherever it stood, under the hold that the ledger took', () => {
    fc.assert(
      fc.property(fc.array(happenings, { maxLength: 20 }), (happened) => {
        const { row } = run(transfer(), happened)
        const found = advance(row, { kind: 'found_booked', hold_id: 'h' }, LATER)
        if (isEnd(row.stage)) assert.equal(found, null)
        const again = found?.row ?? row
        if (found !== null)
          assert.deepEqual([again.stage, again.hold_id, again.failure_code], ['PROCESSING', 'h', null])
        const booked = { kind: 'posted', ledger_transaction_id: 'l', value_date: '2026-03-01', booked_at: AT } as const
        if (!isEnd(row.stage)) assert.equal(advance(again, booked, LATER)?.row.stage, 'COMPLETED')
      }),
    )
  })

  test('every path of answers comes to an end, with each answer delivered as often as it likes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000), { minLength: 8, maxLength: 8 }),
        fc.array(happenings, { maxLength: 20 }),
        (luck, noise) => {
          let row = transfer()
          for (const number of luck) {
            const answer = answerTo(row.stage, number)
            if (answer === null) break
            // What does not belong to the stage is noise: it must not matter.
            for (const late of noise)
              if (!ACTS_IN[late.kind].includes(row.stage)) assert.equal(advance(row, late, LATER), null)
            row = advance(row, answer, LATER)?.row ?? row
            assert.equal(advance(row, answer, LATER), null)
          }
          assert.ok(isEnd(row.stage), row.stage)
        },
      ),
    )
  })

  test('one that is taken back while the ledger is asked for its hold remembers the hold, so that it is given back', () => {
    const taken = run(transfer(), [
      { kind: 'cancelled', by: 'ann' },
      { kind: 'hold_placed', hold_id: 'h' },
    ])
    assert.equal(taken.row.stage, 'RELEASING')
    assert.equal(taken.row.hold_id, 'h')
    assert.equal(taken.row.status, 'PENDING')
    const { row } = run(taken.row, [{ kind: 'hold_released' }])
    assert.deepEqual(
      [row.stage, row.status, row.failure_code, row.cancelled_by],
      ['CANCELLED', 'CANCELLED', null, 'ann'],
    )
  })

  test('above the amount of the setting it waits for a person whatever the fraud check says; a block stays a block', () => {
    const judged = (decision: FraudDecision, approval_above: bigint) =>
      run(transfer(), [
        { kind: 'hold_placed', hold_id: 'h' },
        { kind: 'fraud_verdict', decision, fraud_score: 1, rule: 'r', approval_above },
      ])
    const waiting = judged('ALLOW', 4n)
    assert.equal(waiting.row.stage, 'AWAITING_APPROVAL')
    assert.equal(waiting.row.requires_approval, true)
    assert.deepEqual(waiting.types.slice(-2), ['transaction.fraud_check.passed', 'transaction.approval_required'])
    assert.equal(judged('ALLOW', 5n).row.stage, 'PROCESSING')
    assert.equal(judged('ALLOW', 0n).row.stage, 'PROCESSING')
    assert.equal(judged('BLOCK', 4n).row.stage, 'RELEASING')
  })

  test('is told as pending until money is decided about, and as waiting only while it waits', () => {
    const blocked = run(transfer(), [
      { kind: 'hold_placed', hold_id: 'h' },
      { kind: 'fraud_verdict', decision: 'BLOCK', fraud_score: 900, rule: 'r', approval_above: 0n },
    ])
    assert.equal(blocked.row.status, 'PENDING')
    assert.equal(blocked.row.failure_code, 'FRAUD_BLOCKED')
    assert.equal(statusOf('RELEASING', 'AWAITING_APPROVAL'), 'PENDING')
    assert.equal(statusOf('RELEASING', 'PROCESSING'), 'PROCESSING')
    assert.deepEqual((['PENDING', 'PROCESSING', 'AWAITING_APPROVAL', 'COMPLETED', 'FAILED'] as const).map(isSettled), [
      false,
      false,
      true,
      true,
      true,
    ])
  })

  test('cash without a hold fails at once when the ledger refuses; imported rows spare the step nobody follows', () => {
    const refused = run(cash('DEBIT'), [{ kind: 'post_refused', code: 'INSUFFICIENT_FUNDS' }])
    assert.equal(refused.row.stage, 'FAILED')
    assert.deepEqual(refused.types, ['transaction.initiated', 'transaction.processing', 'transaction.failed'])
    const imported = run(cash('CREDIT', 'batch'), [
      { kind: 'posted', ledger_transaction_id: 'l', value_date: '2020-01-01', booked_at: AT },
    ])
    assert.deepEqual(imported.types, ['transaction.processing', 'transaction.completed'])
    assert.equal(imported.row.value_date, '2020-01-01')
  })
})
