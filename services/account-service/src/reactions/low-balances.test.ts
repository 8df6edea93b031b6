import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changeAccountSettings } from '#contracts/api/account.ts'
import { getLedgerAccount } from '#contracts/api/ledger.ts'
import { accountBalanceLow } from '#contracts/events/account.ts'
import * as ledger from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type AccountBank, openAccount, openAccountBank } from '../../testing/bank.ts'

function posted(bank: AccountBank, account_id: string, balance_cents: bigint): void {
  bank.ledger.of(account_id).ledger_balance_cents = balance_cents
  const now = new Date().toISOString()
  bank.receive(ledger.ledgerTransactionPosted, {
    ledger_transaction_id: newId(),
    account_id: newId(),
    transaction_id: newId(),
    business_event: 'TRANSFER',
    postings: [{ account_id, sequence: 1, amount_cents: 1n, currency: 'EUR', balance_cents }],
    value_date: now.slice(0, 10),
    booked_at: now,
    reference: 'TXN',
  })
}

const isLow = (bank: AccountBank, low: boolean) =>
  eventually(async () => {
    const [row] = await bank.sql`select is_low from low_balance_alerts`
    assert.equal(row?.is_low, low)
  })

describe('low balances', () => {
  test('are told once when they fall below what the owner set, and again only after they were above', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, owner } = await openAccount(bank)
    bank.ledger.of(account_id).ledger_balance_cents = 10_000n
    const body = { low_balance_alert_cents: 5_000n }
    await bank.call(changeAccountSettings, { params: { account_id }, body }, owner)
    posted(bank, account_id, 5_000n)
    posted(bank, account_id, 4_999n)
    await isLow(bank, true)
    posted(bank, account_id, 3_000n)
    posted(bank, account_id, 6_000n)
    await isLow(bank, false)
    bank.ledger.of(account_id).held_cents = 2_000n
    const about = { hold_id: newId(), account_id, amount_cents: 2_000n }
    bank.receive(ledger.ledgerHoldPlaced, { ...about, currency: 'EUR', expires_at: new Date().toISOString() })
    await isLow(bank, true)
    bank.ledger.of(account_id).held_cents = 0n
    bank.receive(ledger.ledgerHoldReleased, { ...about, reason_code: 'CANCELLED' })
    await isLow(bank, false)
    const told = await bank.published(accountBalanceLow)
    assert.deepEqual(
      told.map((one) => [one.available_balance_cents, one.threshold_cents, one.currency]),
      [
        [4_999n, 5_000n, 'EUR'],
        [4_000n, 5_000n, 'EUR'],
      ],
    )
  })

  test('of accounts that nobody wants to be told of are not asked for', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id } = await openAccount(bank)
    let asked = 0
    bank.peer(getLedgerAccount, ({ params }) => {
      asked += 1
      return bank.ledger.of(params.ledger_account_id)
    })
    posted(bank, account_id, -5n)
    await eventually(async () => (await bank.sql`select 1 from subscriptions where position >= 1`).length > 0)
    assert.equal(asked, 0)
  })
})
