import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getVerification, signCheckpoint, startVerification } from '#contracts/api/ledger-proofs.ts'
import { reconciliationFailed } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { EMPTY_TREE } from '#libs/merkle/tree.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../testing/ledger-test.ts'
import { sealAll } from '../../testing/sealed.ts'
import { tamper, verified } from '../../testing/verified.ts'
import { entryIdOf } from '../domain/entry-id.ts'
import { NO_SEAL_HASH } from '../proofs/texts.ts'
import { verifyNext } from '../store/seals/verify-seal.ts'

const auditor = aStaffMember('auditor')

/** Two days of bookings in some seals; what the last one of the first day was. */
async function openBooked(t: Parameters<typeof openLedgerTest>[0]) {
  const ledger = await openLedgerTest(t)
  const [a, b] = [await ledger.openAccount({ balance_cents: 1_000_000n }), await ledger.openAccount()]
  const book = async () => {
    for (let i = 0; i < 4; i++) {
      await Promise.all(Array.from({ length: 10 }, () => ledger.post({ from: a, to: b, cents: 1n })))
      await sealAll(ledger)
    }
  }
  await book()
  const victim = await ledger.post({ from: b, to: a, cents: 7n })
  await passDays(ledger, 1)
  await book()
  await ledger.call(signCheckpoint, {}, auditor)
  return { ledger, a, b, victim: victim.ledger_transaction_id }
}

describe('a verification', () => {
  test('finds the ledger intact, as a whole and in parts, while bookings go on', async (t) => {
    const { ledger, a, b } = await openBooked(t)
    let isOver = false
    const booking = (async () => {
      while (!isOver) await Promise.all(Array.from({ length: 10 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    })()
    const all = await verified(ledger)
    assert.deepEqual([all.status, all.broken, all.seals], ['INTACT', null, all.to_seal])
    const part = await verified(ledger, { from_seal: 5, to_seal: 8 })
    assert.deepEqual([part.status, part.broken, part.seals], ['INTACT', null, 4])
    isOver = true
    await booking
    assert.deepEqual(await ledger.published(reconciliationFailed), [])
  })

  const cases: [string, string, (id: string) => string, (id: string) => string | RegExp][] = [
    [
      'an entry whose amount was changed',
      'entries',
      (id) => `update entries set signed_cents = 8 where ledger_transaction_id = '${id}' and ordinal = 2`,
      (id) => `entry ${entryIdOf(id, 2)}: signed_cents`,
    ],
    [
      'an entry whose balance was changed',
      'entries',
      (id) =>
        `update entries set balance_cents = balance_cents + 1 where ledger_transaction_id = '${id}' and ordinal = 1`,
      (id) => `entry ${entryIdOf(id, 1)}: balance_cents`,
    ],
    [
      'an entry that was given another value date',
      'entries',
      (id) => `update entries set value_date = '2020-01-01' where ledger_transaction_id = '${id}' and ordinal = 1`,
      (id) => `entry ${entryIdOf(id, 1)}: value_date`,
    ],
    [
      'an entry that was taken out',
      'entries',
      (id) => `delete from entries where ledger_transaction_id = '${id}' and ordinal = 1`,
      (id) => `entry ${entryIdOf(id, 1)}: row`,
    ],
    [
      'an entry that was put in',
      'entries',
      (id) =>
        `insert into entries select ledger_account_id, 9999, business_date, ledger_transaction_id, 3, is_debit, signed_cents, balance_cents, value_date from entries where ledger_transaction_id = '${id}' and ordinal = 1`,
      () => 'entries',
    ],
    [
      'a transaction whose text was changed',
      'journal_transactions',
      (id) => `update journal_transactions set description = 'x' where ledger_transaction_id = '${id}'`,
      (id) => `transaction ${id}`,
    ],
    [
      'a transaction that was put in',
      'journal_transactions',
      (id) =>
        `insert into journal_transactions select (jsonb_populate_record(j, '{"ledger_transaction_id":"${newId()}"}')).* from journal_transactions j where ledger_transaction_id = '${id}'`,
      () => 'transactions in the journal',
    ],
    [
      'a seal that was changed',
      'seals',
      () => `update seals set sealed_at = sealed_at + interval '1 ms' where seal_no = 4`,
      () => 'seal 4: hash',
    ],
    ['a seal that was taken out', 'seals', () => `delete from seals where seal_no = 4`, () => 'seal 4'],
    ['the last seals taken away', 'seals', () => `delete from seals where seal_no >= 8`, () => /^seals/],
    [
      'totals that were changed',
      'gl_movements',
      () => `update gl_movements set debits = debits + 1 where seal_no = 3 and gl_code = 'CUSTOMER_DEPOSITS'`,
      () => 'seal 3: gl_movements',
    ],
    [
      'a checkpoint that was changed',
      'checkpoints',
      () => `update checkpoints set note = replace(note, 'time 2', 'time 3')`,
      () => /^checkpoint of/,
    ],
  ]
  for (const [name, table, statement, what] of cases)
    test(`names ${name}`, async (t) => {
      const { ledger, victim } = await openBooked(t)
      await tamper(ledger, table, statement(victim))
      const { verification_id, status, broken } = await verified(ledger)
      assert.equal(status, 'BROKEN')
      const wanted = what(victim)
      if (typeof wanted === 'string') assert.equal(broken?.what, wanted)
      else assert.match(broken?.what ?? '', wanted)
      assert.notEqual(broken?.expected, broken?.found)
      // The continuous comparison may have found it too, and tells it under a run of its own.
      const told = (await ledger.published(reconciliationFailed)).filter(({ run_id }) => run_id === verification_id)
      assert.equal(told.length, 1)
    })

  test('calls what nobody can have sealed a broken link, and an error of its own an error', async (t) => {
    const ledger = await openLedgerTest(t)
    const metadata = { order: 'of ours' }
    const { ledger_transaction_id: id } = await ledger.post({ from: 'CASH', to: 'EQUITY', cents: 5n, metadata })
    await sealAll(ledger)
    const nothing = { seal_no: 0, hash: NO_SEAL_HASH, tree: EMPTY_TREE }
    const { isWellFormed } = String.prototype
    const mistake = t.mock.method(String.prototype, 'isWellFormed', function (this: string) {
      if (`${this}` === metadata.order) throw new TypeError('a mistake')
      return isWellFormed.call(this)
    })
    await assert.rejects(verifyNext(ledger.owner, nothing), /a mistake/)
    mistake.mock.restore()
    assert.equal((await verifyNext(ledger.owner, nothing)).finding, null)
    const statement = `update journal_transactions set metadata = '{"order": 1.5}' where ledger_transaction_id = '${id}'`
    await tamper(ledger, 'journal_transactions', statement)
    const { finding } = await verifyNext(ledger.owner, nothing)
    assert.equal(finding?.broken.expected, 'what has canonical JSON')
  })

  test('is refused while another is under way, and where nothing is sealed', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(startVerification, { body: {} }, auditor)), 'NOTHING_SEALED')
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    const tries = await Promise.allSettled([1, 2, 3].map(() => ledger.call(startVerification, { body: {} }, auditor)))
    const refused = tries.filter((one) => one.status === 'rejected')
    assert.ok(refused.length >= 1)
    for (const one of refused) assert.equal(await refusalOf(Promise.reject(one.reason)), 'VERIFICATION_RUNNING')
    const params = { verification_id: newId() }
    assert.equal(await refusalOf(ledger.call(getVerification, { params }, auditor)), 'VERIFICATION_NOT_FOUND')
  })
})
