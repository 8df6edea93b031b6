import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerTransaction } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'

describe('getLedgerTransaction', () => {
  test('answers whoever owns one of its accounts, and staff; for others it is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 5n }), await ledger.openAccount()]
    const [payer, payee] = [aCustomer(), aCustomer()]
    ledger.peer(resolveAccounts, ownedBy({ [a]: payer.customer_id as string, [b]: payee.customer_id as string }))
    const booked = await ledger.post({ from: a, to: b, cents: 5n })
    const read = (caller: ReturnType<typeof aCustomer>, ledger_transaction_id = booked.ledger_transaction_id) =>
      ledger.call(getLedgerTransaction, { params: { ledger_transaction_id } }, caller)
    for (const caller of [payer, payee, aStaffMember('compliance')])
      assert.deepEqual((await read(caller)).reply, booked)
    assert.deepEqual(getLedgerTransaction.shapes.reply.errorsInside(booked), [])
    assert.equal(await refusalOf(read(aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(read(payer, newId())), 'NOT_FOUND')
    assert.equal(await refusalOf(read(aStaffMember('auditor'), newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
  })
})
