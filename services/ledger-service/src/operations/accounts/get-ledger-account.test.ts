import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerAccount } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getLedgerAccount', () => {
  test('answers its owner and staff; for a stranger it is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 70n })
    const owner = aCustomer()
    ledger.peer(resolveAccounts, ownedBy({ [id]: owner.customer_id as string }))
    const read = (caller: ReturnType<typeof aCustomer>) =>
      ledger.call(getLedgerAccount, { params: { ledger_account_id: id } }, caller)
    assert.equal((await read(owner)).reply.ledger_balance_cents, 70n)
    assert.equal((await read(aStaffMember('auditor'))).reply.available_balance_cents, 70n)
    assert.equal(await refusalOf(read(aCustomer())), 'NOT_FOUND')
  })

  test('refuses an id that no account has', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.account(newId())), 'LEDGER_ACCOUNT_NOT_FOUND')
  })
})
