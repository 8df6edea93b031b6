import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { listHolds } from '#contracts/api/ledger-holds.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('listHolds', () => {
  test("pages through an account's holds, newest first, of one status or all; the owner sees them, a stranger nothing", async (t) => {
    const ledger = await openLedgerTest(t)
    const [id, other] = [
      await ledger.openAccount({ balance_cents: 100n }),
      await ledger.openAccount({ balance_cents: 1n }),
    ]
    const owner = aCustomer()
    ledger.peer(resolveAccounts, ownedBy({ [id]: owner.customer_id as string }))
    await ledger.placeHold({ ledger_account_id: other, amount_cents: 1n })
    const placed: string[] = []
    for (let i = 0; i < 5; i++)
      placed.push((await ledger.placeHold({ ledger_account_id: id, amount_cents: 2n })).hold_id)
    await ledger.releaseHold(placed[2] as string)
    const list = async (query: object, caller = owner, ledger_account_id = id) =>
      (await ledger.call(listHolds, { params: { ledger_account_id }, query }, caller)).reply
    const first = await list({ limit: 3 })
    const second = await list({ limit: 3, cursor: first.next_cursor })
    assert.deepEqual(
      [...first.items, ...second.items].map((hold) => hold.hold_id),
      placed.toReversed(),
    )
    assert.equal(second.next_cursor, null)
    assert.equal((await list({ status: 'ACTIVE' }, aStaffMember('auditor'))).items.length, 4)
    assert.deepEqual(
      (await list({ status: 'RELEASED' })).items.map((hold) => hold.hold_id),
      [placed[2]],
    )
    assert.equal(await refusalOf(list({}, aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(list({}, aStaffMember('auditor'), newId())), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await refusalOf(list({ cursor: 'x' })), 'CURSOR_WRONG')
  })
})
