import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getConsistencyProof } from '#contracts/api/ledger-proofs.ts'
import { isConsistent } from '#libs/merkle/check-proofs.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

describe('getConsistencyProof', () => {
  test('proves to anyone signed in any size to be the beginning of any later one', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    for (let i = 0; i < 5; i++) await ledger.post({ from: account, to: 'CASH', cents: 1n })
    await sealAll(ledger)
    const hex = (text: string): Buffer => Buffer.from(text, 'hex')
    for (let to = 1; to <= 12; to++)
      for (let from = 1; from <= to; from++) {
        const { reply } = await ledger.call(getConsistencyProof, { query: { from, to } }, aCustomer())
        const proof = reply.consistency_proof.map(hex)
        const ends = { from: { size: from, root: hex(reply.from_root) }, to: { size: to, root: hex(reply.to_root) } }
        assert.equal(isConsistent({ ...ends, proof }), true, `${from} of ${to}`)
        const other = { size: from, root: Buffer.alloc(32, 1) }
        assert.equal(isConsistent({ ...ends, from: other, proof }), false, `${from} of ${to}`)
      }
  })

  test('refuses sizes that the tree has not reached, or that are the wrong way round', async (t) => {
    const ledger = await openLedgerTest(t)
    await ledger.openAccount({ balance_cents: 1n })
    await sealAll(ledger)
    for (const [from, to] of [
      [0, 3],
      [2, 1],
      [1, Number.MAX_SAFE_INTEGER],
    ] as const)
      assert.equal(
        await refusalOf(ledger.call(getConsistencyProof, { query: { from, to } }, aCustomer())),
        'SIZE_UNKNOWN',
      )
  })
})
