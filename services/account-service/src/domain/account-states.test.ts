import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { AccountRow } from '../tables.ts'
import { changedAccount, decideStateChange, ledgerStateOf, reasonCodeOf, type StateCommand } from './account-states.ts'

const owner = { roles: ['customer'], customer_id: 'anna' }
const officer = { roles: ['compliance'], customer_id: null }
const account = (status: AccountRow['status']) => ({ status, customer_id: 'anna' })

function verdict(
  command: StateCommand,
  status: AccountRow['status'],
  by = officer as typeof owner | typeof officer,
): string | boolean {
  try {
    return decideStateChange(command, account(status), by)
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('states of an account', () => {
  test('freezing changes an active account, not a frozen one, and is refused on a closed one', () => {
    assert.deepEqual(
      [verdict('FREEZE', 'ACTIVE', owner), verdict('FREEZE', 'FROZEN'), verdict('FREEZE', 'CLOSED')],
      [true, false, 'ACCOUNT_CLOSED'],
    )
  })

  test('activating changes a pending account only, once; a pending one cannot be frozen, which would let credits in', () => {
    assert.deepEqual(
      [verdict('ACTIVATE', 'PENDING'), verdict('ACTIVATE', 'ACTIVE'), verdict('ACTIVATE', 'CLOSED')],
      [true, false, false],
    )
    assert.deepEqual(
      [verdict('FREEZE', 'PENDING'), verdict('UNFREEZE', 'PENDING'), verdict('CLOSE', 'PENDING', owner)],
      ['ACCOUNT_PENDING', false, true],
    )
    const ledger = (['PENDING', 'ACTIVE', 'FROZEN', 'DORMANT', 'CLOSED'] as const).map(ledgerStateOf)
    assert.deepEqual(ledger, ['FROZEN', 'OPEN', 'DEBIT_BLOCKED', 'OPEN', 'CLOSED'])
  })

  test('unfreezing changes a frozen account only, and is refused on a closed one', () => {
    assert.deepEqual(
      [verdict('UNFREEZE', 'FROZEN'), verdict('UNFREEZE', 'ACTIVE'), verdict('UNFREEZE', 'CLOSED')],
      [true, false, 'ACCOUNT_CLOSED'],
    )
  })

  test('nobody lifts the freeze of his own account', () => {
    assert.equal(verdict('UNFREEZE', 'FROZEN', { roles: ['support'], customer_id: 'anna' }), 'OWN_ACCOUNT')
  })

  test('an owner closes an active account and staff also a frozen one; closing twice changes nothing', () => {
    assert.deepEqual(
      [
        verdict('CLOSE', 'ACTIVE', owner),
        verdict('CLOSE', 'FROZEN', owner),
        verdict('CLOSE', 'FROZEN'),
        verdict('CLOSE', 'CLOSED', owner),
      ],
      [true, 'ACCOUNT_FROZEN', true, false],
    )
  })

  test('staff close no frozen account of their own, and a role without that right counts for nothing', () => {
    assert.equal(verdict('CLOSE', 'FROZEN', { roles: ['compliance'], customer_id: 'anna' }), 'ACCOUNT_FROZEN')
    assert.equal(verdict('CLOSE', 'FROZEN', { roles: ['auditor'], customer_id: null }), 'ACCOUNT_FROZEN')
  })

  test('each change raises the version by one; a lifted freeze forgets its reason, a closing keeps it and is dated', () => {
    const at = new Date('2026-05-04T10:00:00Z')
    const active = { status: 'ACTIVE', version: 4, frozen_reason: null, closed_at: null } as AccountRow
    const frozen = changedAccount(active, 'FREEZE', { reason: 'card stolen', at })
    assert.deepEqual([frozen.status, frozen.version, frozen.frozen_reason], ['FROZEN', 5, 'card stolen'])
    const open = changedAccount(frozen, 'UNFREEZE', { reason: null, at })
    assert.deepEqual([open.status, open.version, open.frozen_reason, open.closed_at], ['ACTIVE', 6, null, null])
    const closed = changedAccount(frozen, 'CLOSE', { reason: null, at })
    assert.deepEqual(
      [closed.status, closed.version, closed.frozen_reason, closed.closed_at],
      ['CLOSED', 6, 'card stolen', at],
    )
  })

  test('the code of a reason says who decided', () => {
    assert.equal(reasonCodeOf(owner), 'OWNER_REQUEST')
    assert.equal(reasonCodeOf({ roles: ['customer', 'support'], customer_id: 'bert' }), 'STAFF_DECISION')
  })
})
