import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountCreated } from '#contracts/events/account.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest } from '../../testing/ledger-test.ts'

describe('on account.created', () => {
  test('opens the ledger account that is missing, and leaves one that stands, however often it is told', async (t) => {
    const ledger = await openLedgerTest(t)
    const standing = await ledger.openAccount({ overdraft_limit_cents: 500n, balance_cents: 9n })
    const missing = newId()
    const told = (account_id: string, id?: string, status: 'ACTIVE' | 'PENDING' = 'ACTIVE') =>
      ledger.receive(
        accountCreated,
        {
          account_id,
          customer_id: newId(),
          account_number_last4: '1234',
          account_type: 'CHECKING',
          currency: 'EUR',
          branch_id: 'main',
          status,
        },
        id,
      )
    const id = told(standing)
    told(missing)
    told(missing, id)
    await eventually(async () => assert.equal((await ledger.account(missing)).overdraft_limit_cents, 0n))
    const pending = newId()
    told(pending, newId(), 'PENDING')
    await eventually(async () => assert.equal((await ledger.account(pending)).state, 'FROZEN'))
    const kept = await ledger.account(standing)
    assert.deepEqual([kept.overdraft_limit_cents, kept.ledger_balance_cents], [500n, 9n])
  })
})
