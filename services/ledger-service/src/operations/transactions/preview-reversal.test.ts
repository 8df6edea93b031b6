import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { previewReversal } from '#contracts/api/ledger-transactions.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, refusalOf, transactions } from '../../../testing/ledger-test.ts'

const preview = async (ledger: LedgerTest, ledger_transaction_id: string, caller = transactions) =>
  (await ledger.call(previewReversal, { params: { ledger_transaction_id } }, caller)).reply

describe('previewReversal', () => {
  test('says what the reversal then does, and nothing is written', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    const { ledger_transaction_id } = await ledger.post({ from, to, cents: 30n })
    await ledger.setState(from, 'FROZEN', 1)
    const counts = async () => {
      const [row] = await ledger.sql`
        select (select count(*) from ledger_steps) as steps, (select count(*) from reversals) as reversals, (select count(*) from entries) as entries`
      return { ...row }
    }
    const before = await counts()
    const seen = await preview(ledger, ledger_transaction_id)
    assert.deepEqual(await counts(), before)
    assert.deepEqual([seen.is_accepted, seen.problem], [true, null])
    assert.deepEqual(seen.entries, [
      { ledger_account_id: to, side: 'DEBIT', signed_cents: -30n, balance_cents: 0n, currency: 'EUR' },
      { ledger_account_id: from, side: 'CREDIT', signed_cents: 30n, balance_cents: 100n, currency: 'EUR' },
    ])
    await ledger.reverse(ledger_transaction_id)
    for (const { ledger_account_id, ledger_balance_cents, available_balance_cents } of seen.accounts) {
      const account = await ledger.account(ledger_account_id)
      assert.deepEqual(
        [account.ledger_balance_cents, account.available_balance_cents],
        [ledger_balance_cents, available_balance_cents],
      )
    }
  })

  test('refuses what reversing would refuse, in the same words', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    const [spent, reversed, closed] = [
      await ledger.post({ from, to, cents: 30n }),
      await ledger.post({ from: 'CASH', to: from, cents: 1n }),
      await ledger.post({ from: 'CASH', to: 'EQUITY', cents: 1n }),
    ]
    await ledger.post({ from: to, to: 'CASH', cents: 30n })
    const reversal = await ledger.reverse(reversed.ledger_transaction_id)
    const code = async (id: string) => {
      const seen = await preview(ledger, id)
      assert.deepEqual([seen.is_accepted, seen.entries, seen.accounts], [false, [], []])
      assert.equal(seen.problem?.code, await refusalOf(ledger.reverse(id)))
      return seen.problem?.code
    }
    assert.equal(await code(spent.ledger_transaction_id), 'INSUFFICIENT_FUNDS')
    assert.equal(await code(reversed.ledger_transaction_id), 'ALREADY_REVERSED')
    assert.equal(await code(reversal.ledger_transaction_id), 'REVERSAL_STANDS')
    await ledger.sql`update ledger_accounts set state = 'CLOSED' where gl_code = 'EQUITY'`
    assert.equal(await code(closed.ledger_transaction_id), 'LEDGER_ACCOUNT_CLOSED')
    assert.equal(await refusalOf(preview(ledger, newId())), 'LEDGER_TRANSACTION_NOT_FOUND')
  })

  test('waits for nobody, and is not for customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const { ledger_transaction_id: id } = await ledger.post({ from, to: 'CASH', cents: 5n })
    await ledger.owner.begin(async (tx) => {
      await tx`select 1 from ledger_accounts where ledger_account_id = ${from} for update`
      assert.equal((await preview(ledger, id, aStaffMember('operator'))).is_accepted, true)
    })
    assert.equal(await refusalOf(preview(ledger, id, aCustomer())), 'FORBIDDEN')
  })
})
