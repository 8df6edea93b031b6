import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getStatement } from '#contracts/api/account.ts'
import type { Caller } from '#libs/contract/client.ts'
import { isFileReply } from '#libs/contract/file-reply.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type AccountBank, openAccount, openAccountBank, refusalOf } from '../../../testing/bank.ts'
import { addDays } from '../../domain/dates.ts'

type Query = InputOf<typeof getStatement>['query']

async function withHistory(bank: AccountBank) {
  const { account_id, owner } = await openAccount(bank)
  const lines: [string, bigint][] = [
    ['2026-04-30', 100_000n],
    ['2026-05-01', -2_550n],
    ['2026-05-31', 40n],
    ['2026-06-01', -1n],
  ]
  for (const [business_date, signed_cents] of lines) bank.ledger.enter(account_id, { business_date, signed_cents })
  const ask = async (query: Query, caller: Caller = owner) =>
    (await bank.call(getStatement, { params: { account_id }, query }, caller)).reply
  return { account_id, owner, ask }
}

describe('getStatement', () => {
  test('has the lines of a period by booking date, both days included, between the balances around them', async (t) => {
    const bank = await openAccountBank(t)
    const { ask, owner } = await withHistory(bank)
    const may = await ask({ from: '2026-05-01', to: '2026-05-31' })
    assert.deepEqual(
      may.lines.map((line) => [line.booking_date, line.signed_cents, line.balance_cents]),
      [
        ['2026-05-01', -2_550n, 97_450n],
        ['2026-05-31', 40n, 97_490n],
      ],
    )
    const { opening_balance_cents, closing_balance_cents, credits_cents, debits_cents, holder, is_truncated } = may
    assert.deepEqual(
      [opening_balance_cents, closing_balance_cents, credits_cents, debits_cents, holder, is_truncated],
      [100_000n, 97_490n, 40n, 2_550n, 'Ann Silva', false],
    )
    const quiet = await ask({ from: '2026-05-02', to: '2026-05-30' }, aStaffMember('support'))
    assert.deepEqual([quiet.lines, quiet.opening_balance_cents, quiet.closing_balance_cents], [[], 97_450n, 97_450n])
    const acts = await bank.owner`select user_id from audit_outbox where operation = 'getStatement'`
    assert.ok(acts.some((act) => act.user_id === owner.sub))
  })

  test('of today, while yesterday is still being closed, opens with the present balance', async (t) => {
    const bank = await openAccountBank(t)
    const { ask } = await withHistory(bank)
    bank.ledger.isDayOver = () => false
    const today = bank.clock.bank.businessDate()
    const { opening_balance_cents, closing_balance_cents } = await ask({ from: today, to: today })
    assert.deepEqual([opening_balance_cents, closing_balance_cents], [97_489n, 97_489n])
  })

  test('comes as CSV and PDF with a name that says whose and when', async (t) => {
    const bank = await openAccountBank(t)
    const { ask } = await withHistory(bank)
    for (const [format, type, start] of [
      ['csv', 'text/csv', 'booking_date,'],
      ['pdf', 'application/pdf', '%PDF-'],
    ] as const) {
      const file: ReplyOf<typeof getStatement> | object = await ask({ from: '2026-05-01', to: '2026-05-31', format })
      assert.ok(isFileReply(file))
      assert.equal(file.content_type, type)
      assert.match(file.filename, new RegExp(`^statement-FB-\\d{8}-\\d-2026-05-01-2026-05-31\\.${format}$`))
      assert.ok(Buffer.from(file.bytes).toString('latin1').startsWith(start))
    }
  })

  test('holds 5,000 lines and says when there are more', async (t) => {
    const bank = await openAccountBank(t)
    const { account_id, ask } = await withHistory(bank)
    for (let i = 0; i < 5_001; i++) bank.ledger.enter(account_id, { business_date: '2026-07-01', signed_cents: 1n })
    const { lines, is_truncated, ...totals } = await ask({ from: '2026-07-01', to: '2026-07-01' })
    assert.deepEqual([lines.length, is_truncated], [5_000, true])
    const { opening_balance_cents, credits_cents, closing_balance_cents } = totals
    assert.equal(opening_balance_cents + credits_cents, closing_balance_cents)
  })

  test('is refused for a period that is wrong or too long, and strangers find no account', async (t) => {
    const bank = await openAccountBank(t)
    const { ask } = await withHistory(bank)
    const tomorrow = addDays(bank.clock.bank.businessDate(), 1)
    assert.equal(await refusalOf(ask({ from: '2026-05-02', to: '2026-05-01' })), 'PERIOD_WRONG')
    assert.equal(await refusalOf(ask({ from: '2026-05-02', to: tomorrow })), 'PERIOD_WRONG')
    assert.equal(await refusalOf(ask({ from: '2025-05-01', to: '2026-05-02' })), 'PERIOD_TOO_LONG')
    assert.equal(await refusalOf(ask({ from: '2026-05-01', to: '2026-05-02' }, aCustomer())), 'NOT_FOUND')
    const query = { from: '2026-05-01', to: '2026-05-01' }
    const unknown = bank.call(getStatement, { params: { account_id: newId() }, query }, aStaffMember('auditor'))
    assert.equal(await refusalOf(unknown), 'ACCOUNT_NOT_FOUND')
  })
})
