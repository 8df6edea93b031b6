import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listProposals } from '#contracts/api/ledger-proposals.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { decide, propose, transactionOf } from '../../../testing/proposals.ts'

describe('listProposals', () => {
  test('pages from the newest back, and finds those of a status and a kind', async (t) => {
    const ledger = await openLedgerTest(t)
    const transaction = transactionOf('CASH', 'SUSPENSE', 7n)
    const made: string[] = []
    for (let i = 0; i < 3; i++) made.push((await propose(ledger, { kind: 'TRANSACTION', transaction })).proposal_id)
    await decide(ledger, { proposal_id: made[0] as string }, 'reject')
    const list = async (query: object) => (await ledger.call(listProposals, { query }, aStaffMember('auditor'))).reply
    const page = await list({ limit: 2 })
    const rest = await list({ limit: 2, cursor: page.next_cursor })
    assert.deepEqual(
      [...page.items, ...rest.items].map((item) => item.proposal_id),
      made.toReversed(),
    )
    assert.equal(rest.next_cursor, null)
    assert.deepEqual(
      (await list({ status: 'REJECTED' })).items.map((item) => item.proposal_id),
      [made[0]],
    )
    assert.deepEqual((await list({ kind: 'HOLD' })).items, [])
    assert.deepEqual((await list({ period: '2026' })).items, [])
  })

  test('refuses a wrong cursor, and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: object, caller = aStaffMember('operator')) =>
      refusalOf(ledger.call(listProposals, { query }, caller))
    assert.equal(await list({ cursor: 'yesterday' }), 'CURSOR_WRONG')
    assert.equal(await list({}, aCustomer()), 'FORBIDDEN')
  })
})
