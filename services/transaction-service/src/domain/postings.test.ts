import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TransactionRow } from '../tables.ts'
import { bookingOf } from './postings.ts'

const between = (source_account_id: string | null, destination_account_id: string | null, batch_id: string | null) =>
  bookingOf({ source_account_id, destination_account_id, batch_id, reversal_of: null } as TransactionRow)

test('what leaves an account debits it and what arrives credits it, with the bank on the other side', () => {
  assert.deepEqual(between('a', 'b', null), { business_event: 'TRANSFER', debit: 'a', credit: 'b' })
  assert.deepEqual(between(null, 'b', null), { business_event: 'CASH_DEPOSIT', debit: 'CASH', credit: 'b' })
  assert.deepEqual(between('a', null, null), { business_event: 'CASH_WITHDRAWAL', debit: 'a', credit: 'CASH' })
  assert.deepEqual(between(null, 'b', 'x'), { business_event: 'IMPORT', debit: 'IMPORT_CLEARING', credit: 'b' })
  assert.deepEqual(between('a', null, 'x'), { business_event: 'IMPORT', debit: 'a', credit: 'IMPORT_CLEARING' })
})
