import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveAccounts } from '#contracts/api/account.ts'
import { getLedgerBalance } from '#contracts/api/ledger-reports.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { ownedBy } from '../../../testing/account-owners.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

const staff = aStaffMember('operator')

describe('getLedgerBalance', () => {
  test('is booked, available and pending now', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 100n, overdraft_limit_cents: 20n })
    await ledger.placeHold({ ledger_account_id: id, amount_cents: 30n })
    const { reply } = await ledger.call(getLedgerBalance, { params: { ledger_account_id: id } }, staff)
    assert.deepEqual(reply, {
      ledger_account_id: id,
      currency: 'EUR',
      ledger_balance_cents: 100n,
      available_balance_cents: 90n,
      pending_cents: 30n,
      last_sequence: 1,
      as_of: null,
      known_at: null,
      seal_no: null,
    })
    assert.deepEqual(getLedgerBalance.shapes.reply.errorsInside(reply), [])
  })

  test('counts on the day of its value what was booked before or after it, and only what was known at the moment', async (t) => {
    const ledger = await openLedgerTest(t)
    const [first, second, third] = (await passDays(ledger, 0, 3)) as [string, string, string]
    const id = await ledger.openAccount({ balance_cents: 100n })
    await ledger.post({ from: id, to: 'CASH', cents: 10n, value_date: third })
    await sealAll(ledger)
    const known_at = ledger.clock.bank.now().toISOString()
    await passDays(ledger, 1)
    await ledger.post({ from: 'CASH', to: id, cents: 5n, value_date: first })
    await sealAll(ledger)
    const at = async (query: object) => {
      const { reply } = await ledger.call(getLedgerBalance, { params: { ledger_account_id: id }, query }, staff)
      return [reply.ledger_balance_cents, reply.last_sequence, reply.available_balance_cents, reply.seal_no !== null]
    }
    for (const [as_of, now, then] of [
      [first, 105n, 100n],
      [second, 105n, 100n],
      [third, 95n, 90n],
    ] as const) {
      assert.deepEqual(await at({ as_of }), [now, 3, null, false])
      assert.deepEqual(await eventually(() => at({ as_of, known_at })), [then, 2, null, true])
    }
    assert.deepEqual(await at({ known_at }), [90n, 2, null, true])
  })

  test('answers balances of now while one of the past takes long', async (t) => {
    const ledger = await openLedgerTest(t)
    const [business_date] = (await passDays(ledger, 0, 1)) as [string]
    const id = await ledger.openAccount({ balance_cents: 100n })
    const read = async (query: object) =>
      (await ledger.call(getLedgerBalance, { params: { ledger_account_id: id }, query }, staff)).reply
    let isAnswered = false
    const past = await ledger.owner.begin(async (tx) => {
      await tx`lock table daily_balances`
      const answer = read({ as_of: business_date }).finally(() => {
        isAnswered = true
      })
      assert.equal((await read({})).ledger_balance_cents, 100n)
      assert.equal(isAnswered, false)
      return { answer }
    })
    assert.equal((await past.answer).ledger_balance_cents, 100n)
  })

  test('refuses an unknown account, a stranger, and a moment that more may be sealed for', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 1n })
    ledger.peer(resolveAccounts, ownedBy({}))
    const ask = (ledger_account_id: string, query: object, caller = staff) =>
      refusalOf(ledger.call(getLedgerBalance, { params: { ledger_account_id }, query }, caller))
    assert.equal(await ask(newId(), {}), 'LEDGER_ACCOUNT_NOT_FOUND')
    assert.equal(await ask(id, {}, aCustomer()), 'NOT_FOUND')
    const known_at = new Date(ledger.clock.bank.now().getTime() + 60_000).toISOString()
    assert.equal(await ask(id, { known_at }), 'BEYOND_HORIZON')
  })
})
