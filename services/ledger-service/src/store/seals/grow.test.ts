import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { leafHashes } from '#libs/merkle/hashing.ts'
import { appendLeaves, EMPTY_TREE } from '#libs/merkle/tree.ts'
import { entryTexts, SEAL_VERSION, type SealedTransaction } from '../../proofs/texts.ts'
import { grow, LEAVES_AT_A_STRETCH } from './grow.ts'

function aTransaction(postings: number): SealedTransaction {
  const of = <T>(count: number, value: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i))
  return {
    ledger_transaction_id: newId(),
    source: 'transaction-service',
    transaction_id: newId(),
    step: 'post',
    business_event: 'SALARIES',
    reference: '',
    description: '',
    currency: 'EUR',
    debit_account_ids: of(postings, newId),
    credit_account_ids: of(postings, newId),
    amounts_cents: of(postings, () => '1'),
    sequences: of(2 * postings, () => '1'),
    balances_cents: of(2 * postings, String),
    currencies: null,
    value_date: '2026-05-01',
    business_date: '2026-05-01',
    booked_at: '2026-05-01T10:00:00.000Z',
    hold_id: null,
    reversal_of: null,
    user_id: null,
    correlation_id: '',
    metadata: null,
    exchange: null,
    adjustment_id: null,
  }
}

/** How often others had their turn while something was done. */
async function turnsWhile(work: () => Promise<unknown>): Promise<number> {
  let [turns, isOver] = [0, false]
  const turn = (): void => {
    if (isOver) return
    turns += 1
    setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isOver = true
  return turns
}

describe('the leaves of a seal', () => {
  test('are hashed in stretches of a bounded number of leaves, however many a transaction has', async () => {
    for (const [count, postings] of [
      [40, 100],
      [2_000, 1],
    ] as const) {
      const transactions = Array.from({ length: count }, () => aTransaction(postings))
      const stretches = (2 * count * postings) / LEAVES_AT_A_STRETCH
      const turns = await turnsWhile(() => grow(EMPTY_TREE, transactions))
      assert.ok(turns >= stretches - stretches / 4, `${turns} turns of others in ${stretches} stretches`)
    }
  })

  test('are those of the transactions in their order, whatever the stretches', async () => {
    const transactions = [300, 1, 1, 249, 2, 700, 1].map(aTransaction)
    const hashes = leafHashes(transactions.flatMap((one) => entryTexts(one, SEAL_VERSION)))
    const { tree, tiles } = appendLeaves(EMPTY_TREE, hashes)
    const grown = await grow(EMPTY_TREE, transactions)
    assert.deepEqual(grown, { tree, tiles, hashes, entry_counts: [600, 2, 2, 498, 4, 1400, 2] })
  })
})
