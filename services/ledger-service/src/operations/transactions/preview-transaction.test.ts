import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { previewTransaction } from '#contracts/api/ledger-transactions.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, postBody, refusalOf, transactions } from '../../../testing/ledger-test.ts'
import { accountIdOf } from '../../own-accounts.ts'

type Body = InputOf<typeof previewTransaction>['body']

function bodyOf(from: string, to: string, cents: bigint): Body {
  const { transaction_id: _t, step: _s, ...body } = postBody(from, to, cents)
  return body
}

const preview = async (ledger: LedgerTest, body: Body, caller = transactions) =>
  (await ledger.call(previewTransaction, { body }, caller)).reply

describe('previewTransaction', () => {
  test('says what booking would do, and nothing is written: no key, no account, no entry', async (t) => {
    const ledger = await openLedgerTest(t)
    const from = await ledger.openAccount({ balance_cents: 100n })
    const counts = async () => {
      const [row] = await ledger.sql`
        select (select count(*) from ledger_steps) as steps, (select count(*) from ledger_accounts) as accounts, (select count(*) from entries) as entries`
      return { ...row }
    }
    const before = await counts()
    const seen = await preview(ledger, { ...bodyOf(from, '@fee_income', 30n), business_event: 'FEE' })
    assert.deepEqual(seen.entries, [
      { ledger_account_id: from, side: 'DEBIT', signed_cents: -30n, balance_cents: 70n, currency: 'EUR' },
      {
        ledger_account_id: accountIdOf('FEE_INCOME', 'EUR'),
        side: 'CREDIT',
        signed_cents: 30n,
        balance_cents: 30n,
        currency: 'EUR',
      },
    ])
    assert.deepEqual([seen.is_accepted, seen.problem], [true, null])
    assert.deepEqual(
      seen.accounts.map((account) => account.available_balance_cents),
      [70n, null],
    )
    assert.deepEqual(await counts(), before)
    assert.equal((await ledger.account(from)).ledger_balance_cents, 100n)
  })

  test('refuses what booking would refuse, in the same words, captures of holds too', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    const { hold_id } = await ledger.placeHold({ ledger_account_id: from, amount_cents: 60n })
    const code = async (body: Body) => (await preview(ledger, body)).problem?.code
    assert.equal(await code(bodyOf(from, to, 41n)), 'INSUFFICIENT_FUNDS')
    assert.equal(await code(bodyOf(from, 'NOWHERE', 1n)), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.match((await preview(ledger, bodyOf(from, 'NOWHERE', 1n))).problem?.detail ?? '', /no line NOWHERE that EUR/)
    assert.equal(await code({ ...bodyOf(from, to, 61n), hold_id }), 'HOLD_TOO_SMALL')
    assert.equal(await code({ ...bodyOf(from, '@nothing', 1n) }), 'MAPPING_NOT_FOUND')
    const nowhere = { ...bodyOf('CASH', 'FEE_INCOME', 1n), currency: 'ABC' }
    assert.equal(await code(nowhere), await refusalOf(ledger.post({ ...nowhere })))
    assert.equal(await code(nowhere), 'LEDGER_ACCOUNT_NOT_FOUND')
    const kept = await preview(ledger, { ...bodyOf(from, to, 20n), hold_id, releases_rest: false })
    assert.deepEqual(
      kept.accounts.map((account) => [account.ledger_balance_cents, account.held_cents]),
      [
        [80n, 40n],
        [20n, 0n],
      ],
    )
  })

  test('waits for nobody: an account that is locked is seen as it was', async (t) => {
    const ledger = await openLedgerTest(t)
    const [from, to] = [await ledger.openAccount({ balance_cents: 100n }), await ledger.openAccount()]
    await ledger.owner.begin(async (tx) => {
      await tx`select 1 from ledger_accounts where ledger_account_id = ${from} for update`
      assert.equal((await preview(ledger, bodyOf(from, to, 5n), aStaffMember('operator'))).is_accepted, true)
    })
    assert.equal(await refusalOf(preview(ledger, bodyOf(from, to, 5n), aCustomer())), 'FORBIDDEN')
  })
})
