import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { serviceNames } from '../catalogue.ts'
import type { NewPerson } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'

const BOUND = { timeout: 120_000 }
const AN_HOUR_MS = 3_600_000

describe('a reconciliation', BOUND, () => {
  let bank: TestBank
  let customer: NewPerson
  let officer: string
  before(async () => {
    bank = await openBank()
    customer = await bank.api.newCustomer()
    officer = await bank.api.signIn('officer')
  }, BOUND)
  after(() => bank.close())

  const compare = (): Promise<Reconciliation> =>
    reconcile({
      sqlOf: (service) => bank.sql(service),
      services: serviceNames,
      since: new Date(Date.now() - AN_HOUR_MS),
    })
  const stateOf = async (account_id: string): Promise<string | undefined> => {
    const [row] = await bank.sql('ledger-service')<{ state: string }[]>`
      select state from ledger_accounts where ledger_account_id = ${account_id}`
    return row?.state
  }

  test('finds nothing in a bank that lost nothing', async () => {
    const { open, settled } = await compare()
    assert.deepEqual({ open, settled }, { open: [], settled: [] })
  })

  test('blocks in the ledger what was frozen, and opens there what was opened, when the ledger lost it', async () => {
    const [{ account_id: frozen }, { account_id: opened }] = [
      await bank.api.openAccount(customer.token),
      await bank.api.openAccount(customer.token),
    ]
    await bank.api.expect(
      200,
      bank.api.post(`/accounts/${frozen}/freeze`, { reason: 'a court asks for it' }, { token: officer }),
    )
    assert.equal(await stateOf(frozen), 'DEBIT_BLOCKED')
    const ledger = bank.sql('ledger-service', 'owner')
    await ledger`update ledger_accounts set state = 'OPEN', state_version = 0 where ledger_account_id = ${frozen}`
    await ledger`delete from ledger_accounts where ledger_account_id = ${opened}`

    const { open, settled } = await compare()
    assert.deepEqual(open, [])
    assert.deepEqual(
      settled.map(({ examples }) => examples.toSorted()),
      [[frozen, opened].toSorted()],
    )
    assert.deepEqual([await stateOf(frozen), await stateOf(opened)], ['DEBIT_BLOCKED', 'OPEN'])
    assert.deepEqual((await compare()).settled, [])
  })

  test('leaves a block alone of which account-service knows nothing, and tells it', async () => {
    const { account_id } = await bank.api.openAccount(customer.token)
    await bank.sql('ledger-service', 'owner')`
      update ledger_accounts set state = 'DEBIT_BLOCKED', state_version = 2 where ledger_account_id = ${account_id}`
    const { open } = await compare()
    assert.deepEqual(open, [
      {
        check: 'an account has another state in the ledger',
        count: 1,
        examples: [`${account_id} is DEBIT_BLOCKED in the ledger, ACTIVE on record`],
      },
    ])
    assert.equal(await stateOf(account_id), 'DEBIT_BLOCKED')
    await bank.sql('ledger-service', 'owner')`
      update ledger_accounts set state = 'OPEN', state_version = 0 where ledger_account_id = ${account_id}`
  })

  test('has a block obeyed also by a ledger that has seen later versions of the account', async () => {
    const { account_id } = await bank.api.openAccount(customer.token)
    await bank.sql('ledger-service', 'owner')`
      update ledger_accounts set state_version = 3, limits_version = 3 where ledger_account_id = ${account_id}`
    assert.deepEqual((await compare()).open, [])
    const freeze = `/accounts/${account_id}/freeze`
    await bank.api.expect(200, bank.api.post(freeze, { reason: 'a court asks for it' }, { token: officer }))
    assert.equal(await stateOf(account_id), 'DEBIT_BLOCKED')
  })

  test('tells an account with money that account-service does not know', async () => {
    const { account_id } = await bank.api.openAccount(customer.token)
    await bank.api.deposit(await bank.api.signIn('teller'), account_id, 700)
    const lost = bank.sql('account-service', 'owner')
    for (const table of ['account_owners', 'account_log', 'accounts'])
      await lost`delete from ${lost(table)} where account_id = ${account_id}`
    const { open } = await compare()
    assert.deepEqual(open, [
      { check: 'an account with entries is known to the ledger alone', count: 1, examples: [account_id] },
    ])
  })

  test('tells interest that is recorded as paid and is not in the books', async () => {
    const posting_id = newId()
    const { account_id } = await bank.api.openAccount(customer.token)
    await bank.sql('account-service', 'owner')`
      insert into interest_postings (posting_id, kind, business_date, currency, amount_cents, account_id, ledger_transaction_id, created_at)
      values (${posting_id}, 'PAYMENT', '2026-01-31', 'EUR', 7, ${account_id}, ${newId()}, now())`
    const { open } = await compare()
    assert.deepEqual(open[0], {
      check: 'interest or a payout has no posting in the ledger',
      count: 1,
      examples: [posting_id],
    })
  })
})
