import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { canonicalJson } from '#libs/json/canonical-json.ts'
import { entryFields, entryTexts, type SealedTransaction, transactionFields, transactionText } from './texts.ts'

const USUAL: SealedTransaction = {
  ledger_transaction_id: '01920000-0000-7000-8000-000000000000',
  source: 'transaction-service',
  transaction_id: '01920000-0000-7000-8000-00000000000a',
  step: 'post',
  business_event: 'TRANSFER',
  reference: 'TXN-1',
  description: 'rent "May" \\ é',
  currency: 'USD',
  debit_account_ids: ['01920000-0000-7000-8000-00000000000b', '01920000-0000-7000-8000-00000000000c'],
  credit_account_ids: ['01920000-0000-7000-8000-00000000000c', '01920000-0000-7000-8000-00000000000d'],
  amounts_cents: ['10000', '9197'],
  sequences: ['1', '2', '1', '7'],
  balances_cents: ['0', '-10000', '9197', '5'],
  currencies: ['USD', 'EUR'],
  value_date: '2026-05-02',
  business_date: '2026-05-01',
  booked_at: '2026-05-01T10:00:00.000Z',
  hold_id: null,
  reversal_of: null,
  user_id: 'user-1',
  correlation_id: 'c-1',
  metadata: { b: '2', a: '1' },
  exchange: null,
  adjustment_id: null,
}
const EXCHANGED = { ...USUAL, exchange: { sell_currency: 'USD', buy_currency: 'EUR', rate: '0.9197' } }
const ADJUSTING = { ...USUAL, adjustment_id: '01920000-0000-7000-8000-0000000000aa' }

describe('the text of a transaction', () => {
  test('without exchange and adjustment is the one that was always sealed, whatever the seal', () => {
    // Signed checkpoints out in the world stand on this hash.
    const always = 'c309d258d6b203f4f5bd87e12a4cacac50db616e8ac5cd677f4849d93033185c'
    for (const sealed of [1, 2] as const) {
      assert.equal(hash('sha256', transactionText(USUAL, sealed)), always)
      assert.equal(entryFields(USUAL, sealed)[0]?.transaction_hash, always)
    }
  })

  test('does not say them in a seal of version 1', () => {
    for (const row of [EXCHANGED, ADJUSTING]) assert.equal(transactionText(row, 1), transactionText(USUAL, 1))
  })

  test('says either of them in a seal of version 2', () => {
    const { version: _, ...fields } = transactionFields(USUAL, 1)
    const { exchange } = EXCHANGED
    const { adjustment_id } = ADJUSTING
    for (const [row, more] of [
      [EXCHANGED, { exchange, adjustment_id: null }],
      [ADJUSTING, { exchange: null, adjustment_id }],
      [
        { ...EXCHANGED, adjustment_id },
        { exchange, adjustment_id },
      ],
    ] as const)
      assert.equal(transactionText(row, 2), canonicalJson({ ...fields, ...more, version: 2 }))
  })

  test('is canonical JSON, as are those of its entries', () => {
    for (const row of [USUAL, EXCHANGED, ADJUSTING])
      for (const sealed of [1, 2] as const)
        for (const text of [transactionText(row, sealed), ...entryTexts(row, sealed)])
          assert.equal(text, canonicalJson(JSON.parse(text)))
  })
})
