import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getProvenStatement, listCheckpointKeys } from '#contracts/api/ledger-proofs.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { verifyOffline } from '../../../testing/verify.ts'

const auditor = aStaffMember('auditor')

describe('getProvenStatement', () => {
  test('proves what was booked on some days, with opening and closing, for both kinds of accounts', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    const days: string[] = []
    for (let i = 0; i < 3; i++) {
      for (const cents of [1n, 2n, 3n]) await ledger.post({ from: a, to: b, cents })
      await ledger.post({ from: 'CASH', to: a, cents: 7n })
      days.push(...(await passDays(ledger, 1)))
    }
    await ledger.post({ from: b, to: a, cents: 4n })
    const key = (await ledger.call(listCheckpointKeys, {}, auditor)).reply.items[0]?.verifier_key as string
    const [cash] = await ledger.sql<
      { id: string }[]
    >`select ledger_account_id as id from ledger_accounts where gl_code = 'CASH'`
    const today = ledger.clock.bank.businessDate()
    const ask = async (id: string, from: string, to: string) =>
      (await ledger.call(getProvenStatement, { params: { ledger_account_id: id }, query: { from, to } }, auditor)).reply
    for (const id of [a, b, cash?.id as string]) {
      for (const [from, to] of [
        [days[0], days[2]],
        [days[1], days[1]],
        [days[1], today],
        ['2020-01-01', '2020-01-31'],
        ['2990-01-01', '2990-01-31'],
      ] as [string, string][]) {
        const statement = await ask(id, from, to)
        assert.deepEqual(
          await verifyOffline('statement', encode(statement), key).then((verdict) => verdict.broken),
          undefined,
        )
      }
    }
    const second = await ask(b, days[1] as string, days[1] as string)
    assert.deepEqual(
      [second.opening_balance_cents, second.closing_balance_cents, second.opening_sequence, second.entries.length],
      [6n, 12n, 3, 3],
    )
    const all = await ask(b, days[0] as string, today)
    assert.equal(all.closing_balance_cents, (await ledger.account(b)).ledger_balance_cents)
    const late = await ask(b, '2990-01-01', '2990-01-31')
    assert.deepEqual([late.opening_balance_cents, late.opening_sequence, late.entries.length], [14n, 10, 0])
    const cut = { ...all, entries: all.entries.toSpliced(1, 1) }
    assert.equal((await verifyOffline('statement', encode(cut), key)).valid, false)
  })

  test('refuses an unknown account', async (t) => {
    const ledger = await openLedgerTest(t)
    const input = { params: { ledger_account_id: newId() }, query: { from: '2026-01-01', to: '2026-01-02' } }
    assert.equal(await refusalOf(ledger.call(getProvenStatement, input, auditor)), 'LEDGER_ACCOUNT_NOT_FOUND')
    const params = { ledger_account_id: await ledger.openAccount() }
    assert.equal(await refusalOf(ledger.call(getProvenStatement, { ...input, params }, auditor)), 'NOTHING_SEALED')
  })
})
