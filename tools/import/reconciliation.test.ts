import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Evidence, reconcile } from './reconciliation.ts'
import { Tallies } from './tally.ts'

const BATCH = 'b0000000-0000-8000-8000-000000000000'

function tallied(minors: readonly bigint[], balance_before = 0n): Tallies {
  const tallies = new Tallies()
  for (const [i, minor] of minors.entries()) {
    const common = { value_date: '2026-01-01', description: '', category: undefined, balance: undefined }
    const tally = tallies.add({ line: i + 2, account: 'Main', currency: 'EUR', minor, ...common })
    tally.account ??= { account_id: 'a1', account_number: 'FB-1', is_new: false, balance_before }
  }
  return tallies
}

function batchOf(rows: number, net_cents: bigint, failed = 0): Evidence['batch_after'] {
  const completed = rows - failed
  const accounts = [{ account_id: 'a1', completed, net_cents }]
  return { batch_id: BATCH, rows, pending: 0, completed, failed, failures: [], accounts }
}

function evidence(tallies: Tallies, changed: Partial<Evidence>): Evidence {
  return {
    readable: tallies.rows,
    accepted: tallies.rows,
    already_known: 0,
    refused_at_once: 0,
    batch_before: undefined,
    batch_after: batchOf(tallies.rows, tallies.all[0]?.sum ?? 0n),
    accounts: tallies.all,
    balances: new Map([['a1', tallies.all[0]?.sum ?? 0n]]),
    trial_balance: { as_of: '', known_at: null, seal_no: 0, currencies: [] },
    knows_all: true,
    ...changed,
  }
}

test('a fresh account that holds exactly the file reconciles without a difference', () => {
  const { accounts, faults } = reconcile(evidence(tallied([500n, -200n]), {}))
  assert.deepEqual(faults, [])
  assert.deepEqual([accounts[0]?.booked, accounts[0]?.balance, accounts[0]?.difference], [300n, 300n, 0n])
})

test('the same file again reconciles: all its rows are of the batch already', () => {
  const known = batchOf(2, 300n)
  const changed = { accepted: 0, already_known: 2, batch_before: known, batch_after: known }
  assert.deepEqual(reconcile(evidence(tallied([500n, -200n], 300n), changed)).faults, [])
})

test('a run that goes on after another reconciles the rows of both', () => {
  const changed = { accepted: 1, already_known: 1, batch_before: batchOf(1, 500n), batch_after: batchOf(2, 300n) }
  assert.deepEqual(reconcile(evidence(tallied([500n, -200n], 500n), changed)).faults, [])
})

test('a row that failed in an earlier run and was booked in this one reconciles', () => {
  const changed = {
    accepted: 1,
    already_known: 1,
    batch_before: batchOf(2, 500n, 1),
    batch_after: batchOf(3, 300n, 1),
  }
  assert.deepEqual(reconcile(evidence(tallied([500n, -200n], 500n), changed)).faults, [])
})

test('rows that another file brought, and money that was there, explain the difference', () => {
  const changed = {
    accepted: 1,
    already_known: 1,
    batch_after: batchOf(1, -200n),
    balances: new Map([['a1', 1300n]]),
  }
  const { accounts, faults } = reconcile(evidence(tallied([500n, -200n], 1500n), changed))
  assert.deepEqual(faults, [])
  assert.equal(accounts[0]?.known_elsewhere, 1)
  assert.deepEqual([accounts[0]?.difference, accounts[0]?.from_before], [1000n, 1000n])
})

test('a row that the ledger refused leaves the file short by just that row', () => {
  const tallies = tallied([500n, -900n])
  tallies.addRefused({
    ...{ line: 3, account: 'Main', currency: 'EUR', value_date: '', minor: -900n },
    ...{ description: '', category: undefined, balance: undefined },
  })
  const changed = { batch_after: batchOf(2, 500n, 1), balances: new Map([['a1', 500n]]) }
  assert.deepEqual(reconcile(evidence(tallies, changed)).faults, [])
})

test('each thing that does not add up is a fault in words', () => {
  const tallies = tallied([500n, -200n])
  const broken = {
    gl_code: '',
    lines: [],
    currency: 'EUR',
    debit_total: '5',
    credit_total: '4',
    difference: '1',
    is_balanced: false,
  }
  const cases: [Partial<Evidence>, RegExp][] = [
    [{ accepted: 1 }, /2 rows were sent and the bank answered for 1/],
    [{ batch_after: batchOf(3, 300n) }, /the batch has 3 rows and should have 2/],
    [{ batch_after: { ...batchOf(2, 300n), completed: 1 } }, /1 rows of the batch have not ended/],
    [{ batch_after: batchOf(2, 301n) }, /the file says 3.00 EUR and 3.01 EUR was booked/],
    [{ balances: new Map([['a1', 299n]]) }, /balance is 2.99 EUR and should be 3.00 EUR/],
    [{ batch_before: batchOf(1, 500n), accepted: 2, batch_after: batchOf(3, 300n) }, /not known to the bank any more/],
    [{ batch_after: { ...batchOf(2, 300n), accounts: [] } }, /Main: 2 rows are missing/],
    [
      { trial_balance: { as_of: '', known_at: null, seal_no: 0, currencies: [broken] } },
      /trial balance of EUR is off by 1/,
    ],
    [{ knows_all: false }, /the trial balance does not know all of these rows/],
  ]
  for (const [changed, fault] of cases) {
    const { faults } = reconcile(evidence(tallies, changed))
    assert.ok(
      faults.some((line) => fault.test(line)),
      `${fault} is not among ${faults.join(' | ') || 'no faults'}`,
    )
  }
})
