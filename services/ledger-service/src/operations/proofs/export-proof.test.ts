import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  exportCheckpoints,
  exportProof,
  getConsistencyProof,
  getLatestCheckpoint,
  listCheckpointKeys,
  listCheckpoints,
  signCheckpoint,
} from '#contracts/api/ledger-proofs.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import { isConsistent } from '#libs/merkle/check-proofs.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, passDays, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { verifyOffline } from '../../../testing/verify.ts'

const auditor = aStaffMember('auditor')

async function textOf(reply: unknown): Promise<string> {
  assert.ok(isFileReply(reply))
  const { bytes, rest } = reply as FileReply
  const parts = [Buffer.from(bytes)]
  for await (const part of rest ?? []) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString()
}

describe('exports of proofs', () => {
  test('all of the books, a part of them, and the series of checkpoints are verified offline', async (t) => {
    const ledger = await openLedgerTest(t)
    const [a, b] = [await ledger.openAccount({ balance_cents: 1_000n }), await ledger.openAccount({ currency: 'USD' })]
    const c = await ledger.openAccount()
    for (let day = 0; day < 3; day++) {
      for (let i = 0; i < 5; i++) {
        await Promise.all(Array.from({ length: 30 }, () => ledger.post({ from: a, to: c, cents: 1n })))
        await ledger.post({ from: 'CASH', to: b, cents: 9n, currency: 'USD', value_date: '2026-01-02' })
        await sealAll(ledger)
      }
      await passDays(ledger, 1)
    }
    await ledger.post({ from: c, to: a, cents: 1n })
    await sealAll(ledger)
    await ledger.call(signCheckpoint, {}, auditor)
    const { reply: keys } = await ledger.call(listCheckpointKeys, {}, auditor)
    const key = keys.items[0]?.verifier_key as string
    const [last] = await ledger.sql<{ seal_no: number }[]>`select max(seal_no)::int as seal_no from seals`
    const up_to = last?.seal_no as number
    assert.ok(up_to > 15)
    for (const query of [{}, { from_seal: 7 }, { from_seal: 3, to_seal: 9 }, { from_seal: up_to }]) {
      const text = await textOf((await ledger.call(exportProof, { query }, auditor)).reply)
      assert.deepEqual((await verifyOffline('export', text, key)).broken, undefined)
      if (Object.keys(query).length > 0) continue
      const forged = text.replace(/"amount_cents":9,/, '"amount_cents":8,')
      assert.notEqual(forged, text)
      assert.equal((await verifyOffline('export', forged, key)).valid, false)
    }
    const series = await textOf((await ledger.call(exportCheckpoints, {}, auditor)).reply)
    // One of each day and one on demand, and of each hour in which the tests went on.
    const { reply: all } = await ledger.call(listCheckpoints, {}, auditor)
    assert.ok(all.items.length >= 4)
    assert.equal(series.trim().split('\n').length, all.items.length)
    assert.deepEqual((await verifyOffline('checkpoints', series, key)).broken, undefined)
    const [newest, , oldest] = (await ledger.call(listCheckpoints, { query: { limit: 3 } }, auditor)).reply.items
    assert.ok(newest && oldest)
    assert.equal(await textOf((await ledger.call(getLatestCheckpoint, {}, auditor)).reply), newest.note)
    const query = { from: oldest.tree_size, to: newest.tree_size }
    const { reply: proof } = await ledger.call(getConsistencyProof, { query }, auditor)
    const hex = (text: string): Buffer => Buffer.from(text, 'hex')
    const isProven = isConsistent({
      from: { size: oldest.tree_size, root: hex(oldest.root_hash) },
      to: { size: newest.tree_size, root: hex(newest.root_hash) },
      proof: proof.consistency_proof.map(hex),
    })
    assert.deepEqual([isProven, proof.from_root, proof.to_root], [true, oldest.root_hash, newest.root_hash])
  })

  test('refuse what is not sealed, and who is no auditor', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(exportProof, {}, auditor)), 'NOTHING_SEALED')
    assert.equal(await refusalOf(ledger.call(getLatestCheckpoint, {}, auditor)), 'NOTHING_SEALED')
    assert.equal(await refusalOf(ledger.call(signCheckpoint, {}, auditor)), 'NOTHING_SEALED')
    assert.equal(await refusalOf(ledger.call(exportProof, {}, aStaffMember('teller'))), 'FORBIDDEN')
    for (const query of [
      { from: 0, to: 1 },
      { from: 2, to: 1 },
    ])
      assert.equal(await refusalOf(ledger.call(getConsistencyProof, { query }, auditor)), 'SIZE_UNKNOWN')
    assert.equal(await refusalOf(ledger.call(listCheckpoints, { query: { cursor: 'x' } }, auditor)), 'CURSOR_WRONG')
  })
})
