import { csvLine } from '../domain/csv.ts'
import { entryIdOf } from '../domain/entry-id.ts'
import { currencyOf } from '../proofs/texts.ts'
import { decimalOf, type JournalFormat, moreOf } from './journal-text.ts'

const COLUMNS = [
  'business_date',
  'value_date',
  'booked_at',
  'ledger_transaction_id',
  'entry_id',
  'transaction_id',
  'business_event',
  'reference',
  'description',
  'ledger_account_id',
  'gl_code',
  'sequence',
  'side',
  'amount',
  'currency',
  'balance',
  'reversal_of',
  'metadata',
  'exchange',
  'adjustment_id',
] as const

/** A line for each entry, in the order of booking. */
export const csv: JournalFormat = {
  content_type: 'text/csv; charset=utf-8',
  extension: 'csv',
  head: () => csvLine(COLUMNS),
  account: () => '',
  transaction(booked, accountOf) {
    const { ledger_transaction_id, metadata } = booked
    const { exchange = null, adjustment_id = null } = moreOf(booked)
    const lines = booked.sequences.map((sequence, i) => {
      const [posting, isDebit] = [i >> 1, i % 2 === 0]
      const currency = currencyOf(booked, posting)
      const account = accountOf((isDebit ? booked.debit_account_ids : booked.credit_account_ids)[posting] as string)
      return csvLine([
        booked.business_date,
        booked.value_date,
        booked.booked_at,
        ledger_transaction_id,
        entryIdOf(ledger_transaction_id, i + 1),
        booked.transaction_id,
        booked.business_event,
        booked.reference,
        booked.description,
        account.ledger_account_id,
        account.gl_code,
        sequence,
        isDebit ? 'DEBIT' : 'CREDIT',
        decimalOf(BigInt(booked.amounts_cents[posting] as string), currency),
        currency,
        decimalOf(BigInt(booked.balances_cents[i] as string), currency),
        booked.reversal_of,
        metadata === null ? null : JSON.stringify(metadata),
        exchange,
        adjustment_id,
      ])
    })
    return lines.join('')
  },
  tail: () => '',
}
