import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { refusedWith } from '../../testing/open-admin.ts'
import type { ApprovalRow } from '../tables.ts'
import { decideClaim, decideWho } from './approvals.ts'
import { endOf } from './ends.ts'

const now = new Date('2026-01-02T03:04:05Z')
const row = (changed: Partial<ApprovalRow> = {}): ApprovalRow => ({
  approval_id: newId(),
  subject_type: 'TRANSACTION',
  subject_id: newId(),
  rule: 'amount-review',
  summary: '1.00 EUR',
  status: 'PENDING',
  requested_by: 'ann',
  request_reason: null,
  requested_at: now,
  claimed_by: null,
  claimed_decision: null,
  claimed_reason: null,
  claimed_at: null,
  decided_by: null,
  decided_at: null,
  reason: null,
  ...changed,
})

describe('decideWho', () => {
  const bob = { by: 'bob', roles: ['operator'], decision: 'APPROVED' as const }

  test('each subject has one role that decides it, and no other role does', () => {
    const deciders = { TRANSACTION: 'operator', KYC: 'compliance', SETTING: 'admin' } as const
    for (const [subject_type, role] of Object.entries(deciders))
      for (const other of Object.values(deciders)) {
        const decide = () => decideWho(row({ subject_type: subject_type as 'KYC' }), { ...bob, roles: [other] })
        if (other === role) assert.equal(decide().is_repeat, false)
        else assert.throws(decide, refusedWith('WRONG_ROLE'))
      }
  })

  test('what is proposed to the ledger is decided by operators and by compliance', () => {
    const decide = (role: string) => decideWho(row({ subject_type: 'LEDGER_PROPOSAL' }), { ...bob, roles: [role] })
    for (const role of ['operator', 'compliance']) assert.equal(decide(role).is_repeat, false)
    for (const role of ['admin', 'auditor']) assert.throws(() => decide(role), refusedWith('WRONG_ROLE'))
  })

  test('what is proposed about limits is decided by compliance alone', () => {
    const decide = (role: string) => decideWho(row({ subject_type: 'LIMIT_PROPOSAL' }), { ...bob, roles: [role] })
    assert.equal(decide('compliance').is_repeat, false)
    for (const role of ['admin', 'operator', 'auditor']) assert.throws(() => decide(role), refusedWith('WRONG_ROLE'))
  })

  test('what is proposed about users is decided by admins and by compliance', () => {
    const decide = (role: string) => decideWho(row({ subject_type: 'USER_PROPOSAL' }), { ...bob, roles: [role] })
    for (const role of ['admin', 'compliance']) assert.equal(decide(role).is_repeat, false)
    for (const role of ['operator', 'support', 'auditor']) assert.throws(() => decide(role), refusedWith('WRONG_ROLE'))
  })

  test('nobody decides what they asked for, nor does nobody', () => {
    assert.throws(() => decideWho(row({ requested_by: 'bob' }), bob), refusedWith('OWN_REQUEST'))
    assert.throws(() => decideWho(row(), { ...bob, by: null }), refusedWith('OWN_REQUEST'))
  })

  test('what was decided stays decided; the same decision of the same person is a repeat', () => {
    const decided = row({ status: 'APPROVED', decided_by: 'bob', decided_at: now })
    assert.equal(decideWho(decided, bob).is_repeat, true)
    assert.throws(() => decideWho(decided, { ...bob, decision: 'REJECTED' }), refusedWith('ALREADY_DECIDED'))
    assert.throws(() => decideWho(decided, { ...bob, by: 'eve' }), refusedWith('ALREADY_DECIDED'))
    assert.throws(() => decideWho(row({ status: 'WITHDRAWN', decided_at: now }), bob), refusedWith('ALREADY_DECIDED'))
    assert.throws(() => decideWho(undefined, bob), refusedWith('APPROVAL_NOT_FOUND'))
  })
})

describe('decideClaim', () => {
  const claim = { by: 'bob', decision: 'REJECTED' as const }
  const claimedBy = (claimed_by: string, agoMs: number) =>
    row({ claimed_by, claimed_decision: 'REJECTED', claimed_at: new Date(now.getTime() - agoMs) })

  test('one person at a time; a claim that was left behind may be taken over after a minute', () => {
    assert.equal(decideClaim(row(), claim, now), true)
    assert.equal(decideClaim(claimedBy('bob', 5_000), claim, now), false)
    assert.throws(() => decideClaim(claimedBy('eve', 59_999), claim, now), refusedWith('DECISION_UNDER_WAY'))
    assert.equal(decideClaim(claimedBy('eve', 60_000), claim, now), true)
    const otherwise = { by: 'bob', decision: 'APPROVED' as const }
    assert.throws(() => decideClaim(claimedBy('bob', 5_000), otherwise, now), refusedWith('DECISION_UNDER_WAY'))
  })
})

describe('endOf', () => {
  const of = (status: Parameters<typeof endOf>[0]['status'], approved_by: string | null = null) =>
    endOf({ status, approved_by, failure_code: status === 'FAILED' ? 'REJECTED' : null })?.status

  test('a transaction that goes on was approved, one that failed unapproved was rejected, one that was taken back withdrawn', () => {
    assert.equal(of('AWAITING_APPROVAL'), undefined)
    assert.equal(of('PENDING'), undefined)
    assert.equal(of('PROCESSING', 'bob'), 'APPROVED')
    assert.equal(of('COMPLETED', 'bob'), 'APPROVED')
    assert.equal(of('REVERSED', 'bob'), 'APPROVED')
    assert.equal(of('FAILED'), 'REJECTED')
    assert.equal(of('FAILED', 'bob'), 'APPROVED')
    assert.equal(of('CANCELLED'), 'WITHDRAWN')
  })
})
