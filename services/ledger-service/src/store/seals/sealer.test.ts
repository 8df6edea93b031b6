import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedgerAccount, postTransaction } from '#contracts/api/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { canonicalJson } from '#libs/json/canonical-json.ts'
import { openCheckpoint } from '#libs/merkle/checkpoints.ts'
import { leafHash } from '#libs/merkle/hashing.ts'
import { parseVerifierKey } from '#libs/merkle/notes.ts'
import { appendLeaves, EMPTY_TREE, rootOf } from '#libs/merkle/tree.ts'
import { openServiceTest } from '#libs/testing/service-test.ts'
import {
  accounts,
  type LedgerTest,
  openLedgerTest,
  passDays,
  postBody,
  transactions,
} from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { problems } from '../../problems.ts'
import { NO_SEAL_HASH, SEAL_VERSION, transactionFields } from '../../proofs/texts.ts'
import { service } from '../../service.ts'
import { resolveKnownAt } from '../known-at.ts'
import { sealCommitted } from './seal-committed.ts'
import { readTransactions } from './sealed-transactions.ts'
import { newSealing, sealOnce } from './sealer.ts'

/** Everything sealed, recomputed as slowly and plainly as can be from the entries themselves. */
async function assertSealsAreThoseOfTheEntries(ledger: Pick<LedgerTest, 'owner'>): Promise<void> {
  const seals = await ledger.owner`
    select seal_no::int as seal_no, first_leaf::int as first_leaf, leaf_count, transaction_ids::text[] as ids, leaf_hashes, previous_hash, root_hash, hash,
      sealed_at, business_date from seals order by seal_no`
  let [previous, leaves] = [NO_SEAL_HASH, [] as Buffer[]]
  const sealed: string[] = []
  for (const [i, seal] of seals.entries()) {
    const own: Buffer[] = []
    for (const id of seal.ids as string[]) {
      const rows = await ledger.owner`
        select e.*, j.booked_at, coalesce(j.currencies[(e.ordinal + 1) / 2], j.currency) as currency from entries e
        join journal_transactions j using (ledger_transaction_id) where ledger_transaction_id = ${id} order by ordinal`
      assert.ok(rows.length > 0)
      const [sealedRow] = await readTransactions(ledger.owner, [id])
      assert.ok(sealedRow)
      const transaction_hash = hash('sha256', canonicalJson(transactionFields(sealedRow, SEAL_VERSION)))
      for (const row of rows) {
        assert.equal(row.business_date, seal.business_date)
        const text = canonicalJson({
          amount_cents: row.signed_cents < 0n ? -row.signed_cents : row.signed_cents,
          balance_cents: row.balance_cents,
          booked_at: row.booked_at.toISOString(),
          business_date: row.business_date,
          currency: row.currency,
          entry_id: `${id.slice(0, -4)}${row.ordinal.toString(16).padStart(4, '0')}`,
          ledger_account_id: row.ledger_account_id,
          ledger_transaction_id: id,
          sequence: row.sequence,
          side: row.is_debit ? 'DEBIT' : 'CREDIT',
          transaction_hash,
          value_date: row.value_date,
          version: 1,
        })
        own.push(leafHash(text))
      }
      sealed.push(id)
    }
    const { first_leaf, leaf_count, seal_no, sealed_at } = seal
    assert.deepEqual([seal_no, first_leaf, leaf_count], [i + 1, leaves.length, own.length])
    leaves = [...leaves, ...own]
    assert.deepEqual(seal.leaf_hashes, Buffer.concat(own))
    const root_hash = rootOf(appendLeaves(EMPTY_TREE, Buffer.concat(leaves)).tree).toString('hex')
    const leaves_hash = hash('sha256', Buffer.concat(own))
    const fields = {
      first_leaf,
      leaf_count,
      leaves_hash,
      previous_hash: previous,
      root_hash,
      seal_no,
      sealed_at: sealed_at.toISOString(),
      version: 2,
    }
    assert.deepEqual([seal.previous_hash.toString('hex'), seal.root_hash.toString('hex')], [previous, root_hash])
    previous = hash('sha256', canonicalJson(fields))
    assert.equal(seal.hash.toString('hex'), previous)
  }
  const booked = await ledger.owner`select ledger_transaction_id as id from journal_transactions order by 1`
  assert.deepEqual(
    sealed.sort(),
    booked.map((row) => row.id),
  )
}

describe('the sealer', () => {
  test('seals everything that was booked, once and in order, as chain and tree', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    await ledger.post({
      from: a,
      to: b,
      cents: 10n,
      description: 'quotes " and \\ and \u2028 é',
      value_date: '2026-01-02',
    })
    await sealAll(ledger)
    await Promise.all(Array.from({ length: 300 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    const { ledger_transaction_id } = await ledger.post({ from: b, to: a, cents: 3n })
    await ledger.reverse(ledger_transaction_id)
    await sealAll(ledger)
    await assertSealsAreThoseOfTheEntries(ledger)
  })

  test('of several instances seals each transaction once, in one chain', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    const { clock } = ledger
    const { database } = ledger.runtime
    const others = [0, 1, 2].map(() => ({ database, clock, own: { sealing: newSealing() } }))
    const results = new Set<string>()
    let isOver = false
    const sealing = others.map(async (other) => {
      while (!isOver) results.add(await sealOnce(other))
    })
    for (let i = 0; i < 30; i++)
      await Promise.all(Array.from({ length: 10 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    await sealAll(ledger)
    isOver = true
    await Promise.all(sealing)
    await assertSealsAreThoseOfTheEntries(ledger)
    assert.ok(results.has('TAKEN') && results.has('MORE'), [...results].join())
  })

  test('killed at any moment goes on where its last seal ended', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    let isOver = false
    const killing = (async () => {
      while (!isOver) {
        await ledger.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'ledger-service'
            and query ~ '(seals|seal_state|gl_movements|merkle_tiles|journal_transactions$)' and state <> 'idle'`
        await sleep(2)
      }
    })()
    for (let i = 0; i < 60; i++)
      await Promise.allSettled(Array.from({ length: 5 }, () => ledger.post({ from: a, to: b, cents: 1n })))
    isOver = true
    await killing
    await sealAll(ledger)
    await assertSealsAreThoseOfTheEntries(ledger)
  })

  test('a day is sealed wholly before its balances are written down, and signed there', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount()]
    await ledger.post({ from: a, to: b, cents: 1n })
    const [day] = await passDays(ledger, 3)
    const notes = await ledger.sql<{ note: string; business_date: string; entries: number }[]>`
      select c.note, c.business_date, (select count(*)::int from entries e where e.business_date <= c.business_date) as entries from checkpoints c`
    const keys = await ledger.sql<{ verifier_key: string }[]>`select verifier_key from checkpoint_keys`
    assert.deepEqual(
      notes.map((row) => row.business_date),
      [day],
    )
    const checkpoint = openCheckpoint(notes[0]?.note as string, parseVerifierKey(keys[0]?.verifier_key as string))
    assert.deepEqual([checkpoint.origin, checkpoint.size], ['bankflow.example/ledger', notes[0]?.entries])
    const [seal] = await ledger.sql<{ root_hash: Buffer }[]>`select root_hash from seals order by seal_no desc limit 1`
    assert.deepEqual(checkpoint.root, seal?.root_hash)
  })

  test('what is sealed stays sealed, for the owner too', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 1n })
    await passDays(ledger, 1)
    for (const table of ['seals', 'merkle_tiles', 'gl_movements', 'gl_marks', 'checkpoints', 'checkpoint_keys']) {
      await assert.rejects(ledger.sql.unsafe(`delete from ${table}`), /permission denied/)
      await assert.rejects(ledger.owner.unsafe(`delete from ${table}`), /stays booked/)
      await assert.rejects(ledger.owner.unsafe(`truncate ${table}`), /stays booked/)
    }
  })

  test('seals the books of a bank that was there before from their beginning, and then knows from when on it can say what was known', async (t) => {
    const ledger = await openServiceTest(t, {
      ...service,
      jobs: service.jobs.filter((job) => job.name !== 'seal-journal'),
    })
    const id = newId()
    const body = {
      ledger_account_id: id,
      gl_code: 'CUSTOMER_DEPOSITS' as const,
      currency: 'EUR',
      overdraft_limit_cents: 0n,
    }
    await ledger.call(openLedgerAccount, { body }, accounts)
    for (let i = 0; i < 3; i++) await ledger.call(postTransaction, { body: postBody('CASH', id, 5n) }, transactions)
    await ledger.owner`update seal_state set is_catching_up = true`
    const context = { database: ledger.runtime.database, clock: ledger.clock, own: { sealing: newSealing() } }
    assert.equal(await sealCommitted(context), true)
    await assertSealsAreThoseOfTheEntries(ledger)
    while ((await sealOnce(context)) !== 'IDLE');
    const known = await resolveKnownAt(ledger.sql)
    const before = new Date((known.known_at as Date).getTime() - 1)
    await assert.rejects(resolveKnownAt(ledger.sql, before), { kind: problems.BEFORE_FIRST_SEAL })
    assert.equal((await resolveKnownAt(ledger.sql, known.known_at as Date)).seal_no, known.seal_no)
  })
})
