import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exportCheckpoints, listCheckpointKeys, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type LedgerTest, openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'
import { verifyOffline } from '../../../testing/verify.ts'

const auditor = aStaffMember('auditor')

async function partOf(ledger: LedgerTest, query: { after_size?: number; limit?: number }): Promise<FileReply> {
  const { reply } = await ledger.call(exportCheckpoints, { query }, auditor)
  assert.ok(isFileReply(reply))
  return reply as FileReply
}

async function seriesOf(ledger: LedgerTest, query: { after_size?: number } = {}): Promise<string> {
  return Buffer.from((await partOf(ledger, query)).bytes).toString()
}

describe('exportCheckpoints', () => {
  test('each checkpoint proves that the one before it is its beginning, to a tool that knows only the key', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    for (let i = 0; i < 4; i++) {
      await Promise.all([1, 2, 3].map(() => ledger.post({ from: account, to: 'CASH', cents: 1n })))
      await sealAll(ledger)
      await ledger.call(signCheckpoint, {}, auditor)
    }
    const { reply: keys } = await ledger.call(listCheckpointKeys, {}, auditor)
    const key = keys.items[0]?.verifier_key as string
    const series = await seriesOf(ledger)
    assert.equal((await verifyOffline('checkpoints', series, key)).valid, true)
    const lines = series.trim().split('\n')
    assert.equal(lines.length, 4)
    const cut = [lines[0], lines[2], lines[3]].join('\n')
    assert.equal((await verifyOffline('checkpoints', `${cut}\n`, key)).valid, false)
    assert.equal(await seriesOf(ledger, { after_size: Number.MAX_SAFE_INTEGER }), '')
  })

  test('is one series in as many parts as one likes: each begins where the one before ended', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    for (let i = 0; i < 5; i++) {
      await ledger.post({ from: account, to: 'CASH', cents: 1n })
      await sealAll(ledger)
      await ledger.call(signCheckpoint, {}, auditor)
    }
    const { reply: keys } = await ledger.call(listCheckpointKeys, {}, auditor)
    const key = keys.items[0]?.verifier_key as string
    const parts: string[] = []
    for (let next: string | undefined = '0'; next !== undefined; ) {
      const { bytes, headers } = await partOf(ledger, { after_size: Number(next), limit: 2 })
      parts.push(Buffer.from(bytes).toString())
      next = headers?.['x-next-size']
    }
    assert.deepEqual(
      parts.map((part) => part.trim().split('\n').length),
      [2, 2, 2, 2],
    )
    for (const part of parts) assert.equal((await verifyOffline('checkpoints', part, key)).valid, true)
    assert.deepEqual((await verifyOffline('checkpoints', parts.join(''), key)).broken, undefined)
    const hole = [parts[0], ...parts.slice(2)].join('')
    assert.equal((await verifyOffline('checkpoints', hole, key)).valid, false)
  })

  test('has no line before the first, and is not for customers', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await seriesOf(ledger), '')
    assert.equal(await refusalOf(ledger.call(exportCheckpoints, {}, aCustomer())), 'FORBIDDEN')
  })
})
