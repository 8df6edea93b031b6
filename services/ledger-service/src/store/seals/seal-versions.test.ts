import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { postTransaction } from '#contracts/api/ledger.ts'
import { exportProof, getEntryReceipt, listCheckpointKeys, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { leafHashes } from '#libs/merkle/hashing.ts'
import { appendLeaves, EMPTY_TREE, rootOf } from '#libs/merkle/tree.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { postBody, transactions } from '../../../testing/ledger-test.ts'
import { tamper, verified } from '../../../testing/verified.ts'
import { verifyOffline } from '../../../testing/verify.ts'
import { entryIdOf } from '../../domain/entry-id.ts'
import { entryTexts, NO_SEAL_HASH, type SealedTransaction, sealHash } from '../../proofs/texts.ts'
import { service } from '../../service.ts'
import { sealCommitted } from './seal-committed.ts'
import { fieldsOf, readSeal } from './sealed-page.ts'
import { readTransactions } from './sealed-transactions.ts'
import { newSealing } from './sealer.ts'

const auditor = aStaffMember('auditor')

/** A ledger that seals only when it is told to: then all that was booked, in one seal. */
async function openUnsealed(t: TestContext) {
  const ledger = await openServiceTest(t, {
    ...service,
    jobs: service.jobs.filter((job) => job.name !== 'seal-journal'),
  })
  const { database } = ledger.runtime
  const seal = async () => {
    await eventually(async () => (await ledger.sql`select from outbox where position is null`).length === 0)
    await sealCommitted({ database, clock: ledger.clock, own: { sealing: newSealing() } })
  }
  const post = async (body: ReturnType<typeof postBody>) =>
    (await ledger.call(postTransaction, { body }, transactions)).reply.ledger_transaction_id
  const exchange = () =>
    post({
      ...postBody('CASH', 'CASH', 1n),
      business_event: 'SWIFT_OUT',
      currency: 'USD',
      postings: [
        { debit: 'CASH', credit: '@position', amount_cents: 10_000n },
        { debit: '@position', credit: '@nostro', amount_cents: 9_197n, currency: 'EUR' },
      ],
      exchange: { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' },
    })
  return { ledger, seal, exchange, plain: () => post(postBody('CASH', 'FEE_INCOME', 1n)) }
}

/** Makes the first seal into what it was before exchanges were sealed. */
async function sealAsBefore(ledger: ServiceTest): Promise<void> {
  const seal = await readSeal(ledger.owner, 1)
  assert.ok(seal)
  const booked = (await readTransactions(ledger.owner, seal.transaction_ids)) as SealedTransaction[]
  const leaf_hashes = leafHashes(booked.flatMap((one) => entryTexts(one, 1)))
  const root_hash = rootOf(appendLeaves(EMPTY_TREE, leaf_hashes).tree)
  const hash = sealHash(
    fieldsOf({ ...seal, leaf_hashes, root_hash, previous_hash: Buffer.from(NO_SEAL_HASH, 'hex'), version: 1 }),
  )
  await tamper(
    ledger,
    'seals',
    `update seals set version = 1, leaf_hashes = '\\x${leaf_hashes.toString('hex')}', root_hash = '\\x${root_hash.toString('hex')}',
      hash = '\\x${hash}' where seal_no = 1`,
  )
}

async function exported(ledger: ServiceTest): Promise<string> {
  const { reply } = await ledger.call(exportProof, {}, auditor)
  assert.ok(isFileReply(reply))
  const { bytes, rest } = reply as FileReply
  const parts = [Buffer.from(bytes)]
  for await (const part of rest ?? []) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString()
}

async function receiptOf(ledger: ServiceTest, ledger_transaction_id: string) {
  const params = { entry_id: entryIdOf(ledger_transaction_id, 1) }
  return (await ledger.call(getEntryReceipt, { params }, auditor)).reply
}

async function keyOf(ledger: ServiceTest): Promise<string> {
  return (await ledger.call(listCheckpointKeys, {}, auditor)).reply.items.at(-1)?.verifier_key as string
}

describe('what an exchange was made at', () => {
  test('is sealed: receipts and exports show it, and another rate is found out offline', async (t) => {
    const { ledger, seal, exchange, plain } = await openUnsealed(t)
    const [exchanged, usual] = [await exchange(), await plain()]
    await seal()
    await ledger.call(signCheckpoint, {}, auditor)
    const key = await keyOf(ledger)
    const receipt = await receiptOf(ledger, exchanged)
    const rate = { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' }
    const { version, exchange: said, adjustment_id } = receipt.transaction ?? {}
    assert.deepEqual([version, said, adjustment_id], [2, rate, null])
    assert.equal((await verifyOffline('receipt', encode(receipt), key)).valid, true)
    const forged = encode(receipt).replace('0.9197', '0.9297')
    assert.equal((await verifyOffline('receipt', forged, key)).broken?.what, 'transaction: hash')
    const text = await exported(ledger)
    assert.deepEqual((await verifyOffline('export', text, key)).broken, undefined)
    const changed = await verifyOffline('export', text.replace('0.9197', '0.9297'), key)
    assert.equal(changed.broken?.what, 'entries[0].transaction_hash')
    // What exchanges nothing has the text that it always had.
    const { transaction } = await receiptOf(ledger, usual)
    assert.deepEqual([transaction?.version, 'exchange' in (transaction ?? {})], [1, false])
  })

  const cases: [string, (ids: { exchanged: string; usual: string }) => [id: string, set: string]][] = [
    ['a rate that was changed', ({ exchanged }) => [exchanged, `exchange = exchange || '{"rate":"0.9198"}'`]],
    ['a rate that was taken out', ({ exchanged }) => [exchanged, 'exchange = null']],
    ['a rate that is no text any more', ({ exchanged }) => [exchanged, `exchange = exchange || '{"rate":0.9197}'`]],
    ['a rate that was put in', ({ usual }) => [usual, `exchange = '{"rate":"1"}'`]],
    ['an adjustment that was put in', ({ usual }) => [usual, `adjustment_id = '${newId()}'`]],
    ['metadata that nobody can hash', ({ usual }) => [usual, `metadata = '{"a":0.5}'`]],
  ]
  test('is verified in the journal, as is whether a transaction adjusts', async (t) => {
    const { ledger, seal, exchange, plain } = await openUnsealed(t)
    const ids = { exchanged: await exchange(), usual: await plain() }
    await seal()
    assert.equal((await verified(ledger)).status, 'INTACT')
    for (const [name, what] of cases) {
      const [id, set] = what(ids)
      const [before] = await ledger.owner`
        select exchange::text, adjustment_id, metadata::text from journal_transactions where ledger_transaction_id = ${id}`
      await tamper(
        ledger,
        'journal_transactions',
        `update journal_transactions set ${set} where ledger_transaction_id = '${id}'`,
      )
      const { status, broken } = await verified(ledger)
      assert.deepEqual([status, broken?.what], ['BROKEN', `transaction ${id}`], name)
      const literal = (text: string | null): string => (text === null ? 'null' : `'${text}'`)
      await tamper(
        ledger,
        'journal_transactions',
        `update journal_transactions set exchange = ${literal(before?.exchange)}, adjustment_id = ${literal(before?.adjustment_id)},
          metadata = ${literal(before?.metadata)} where ledger_transaction_id = '${id}'`,
      )
    }
    assert.equal((await verified(ledger)).status, 'INTACT')
  })
})

describe('books that were sealed before exchanges were', () => {
  test('stay intact, are proven as they were sealed, and go on with seals that say it', async (t) => {
    const { ledger, seal, exchange, plain } = await openUnsealed(t)
    const before = [await exchange(), await plain()]
    await seal()
    await sealAsBefore(ledger)
    const after = await exchange()
    await seal()
    const { status, seals } = await verified(ledger)
    assert.deepEqual([status, seals], ['INTACT', 2])
    await ledger.call(signCheckpoint, {}, auditor)
    const key = await keyOf(ledger)
    for (const [id, version] of [
      [before[0], 1],
      [before[1], 1],
      [after, 2],
    ] as const) {
      const receipt = await receiptOf(ledger, id as string)
      assert.equal(receipt.transaction?.version, version)
      assert.equal((await verifyOffline('receipt', encode(receipt), key)).valid, true)
    }
    assert.deepEqual((await verifyOffline('export', await exported(ledger), key)).broken, undefined)
  })

  test('do not become others by a changed version of their seals', async (t) => {
    const { ledger, seal, exchange, plain } = await openUnsealed(t)
    await plain()
    await seal()
    await sealAsBefore(ledger)
    await exchange()
    await seal()
    for (const [seal_no, version, was] of [
      [1, 2, 1],
      [2, 1, 2],
    ]) {
      await tamper(ledger, 'seals', `update seals set version = ${version} where seal_no = ${seal_no}`)
      assert.equal((await verified(ledger)).broken?.what, `seal ${seal_no}: hash`)
      await tamper(ledger, 'seals', `update seals set version = ${was} where seal_no = ${seal_no}`)
    }
  })
})
