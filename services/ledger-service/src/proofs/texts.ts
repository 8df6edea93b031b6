import { hash } from 'node:crypto'
import { canonicalJson } from '#libs/json/canonical-json.ts'
import { entryIdOf } from '../domain/entry-id.ts'
import type { Exchange } from '../domain/exchange.ts'
import type { Side } from '../tables.ts'

/** What was booked, as it is sealed: amounts, balances and sequences are the digits that the database gave, ids stand in pairs of one posting. */
export interface SealedTransaction {
  readonly ledger_transaction_id: string
  readonly source: string
  readonly transaction_id: string
  readonly step: string
  readonly business_event: string
  readonly reference: string
  readonly description: string
  readonly currency: string
  readonly debit_account_ids: readonly string[]
  readonly credit_account_ids: readonly string[]
  readonly amounts_cents: readonly string[]
  /** Of each entry: two of a posting, debit before credit. */
  readonly sequences: readonly string[]
  readonly balances_cents: readonly string[]
  /** Of each posting; null where all are in the transaction's currency. */
  readonly currencies: readonly string[] | null
  readonly value_date: string
  readonly business_date: string
  readonly booked_at: string
  readonly hold_id: string | null
  readonly reversal_of: string | null
  readonly user_id: string | null
  readonly correlation_id: string
  readonly metadata: unknown
  readonly exchange: Exchange | null
  readonly adjustment_id: string | null
}

/**
 * What a seal is made of. In seals of version 1 every transaction has a text of version 1; in those of version 2 one that exchanged currencies or
 * adjusts a closed period has a text of version 2, which says so. All others keep theirs.
 */
export type SealVersion = 1 | 2

/** What is sealed from now on. */
export const SEAL_VERSION: SealVersion = 2

/** A leaf of the tree. */
export interface EntryFields {
  readonly amount_cents: number
  readonly balance_cents: number
  readonly booked_at: string
  readonly business_date: string
  readonly currency: string
  readonly entry_id: string
  readonly ledger_account_id: string
  readonly ledger_transaction_id: string
  readonly sequence: number
  readonly side: Side
  readonly transaction_hash: string
  readonly value_date: string
  readonly version: 1
}

/** What `transaction_hash` is taken of. */
export interface TransactionFields {
  readonly business_event: string
  readonly correlation_id: string
  readonly description: string
  readonly hold_id: string | null
  readonly ledger_transaction_id: string
  readonly metadata: unknown
  readonly postings: readonly {
    readonly amount_cents: number
    readonly credit_account_id: string
    readonly currency: string
    readonly debit_account_id: string
  }[]
  readonly reference: string
  readonly reversal_of: string | null
  readonly source: string
  readonly step: string
  readonly transaction_id: string
  readonly user_id: string | null
  readonly version: 1 | 2
  /** Both are there in version 2, and one of them is not null. */
  readonly adjustment_id?: string | null
  readonly exchange?: Exchange | null
}

/** The canonical JSON (RFC 8785) of a transaction as it stands in a seal. Written out, because sorting members and asking each for its type costs four times as much. */
export function transactionText(row: SealedTransaction, sealed: SealVersion): string {
  const { debit_account_ids, credit_account_ids, amounts_cents } = row
  let postings = ''
  for (let i = 0; i < amounts_cents.length; i++) {
    if (i > 0) postings += ','
    postings += `{"amount_cents":${amounts_cents[i]},"credit_account_id":"${credit_account_ids[i]}","currency":"${currencyOf(row, i)}","debit_account_id":"${debit_account_ids[i]}"}`
  }
  const isSaid = sealed > 1 && (row.exchange !== null || row.adjustment_id !== null)
  return (
    `{${isSaid ? `"adjustment_id":${quoted(row.adjustment_id)},` : ''}"business_event":${quoted(row.business_event)}` +
    `,"correlation_id":${quoted(row.correlation_id)},"description":${quoted(row.description)}` +
    `${isSaid ? `,"exchange":${canonicalJson(row.exchange)}` : ''},"hold_id":${quoted(row.hold_id)}` +
    `,"ledger_transaction_id":"${row.ledger_transaction_id}","metadata":${row.metadata === null ? 'null' : canonicalJson(row.metadata)}` +
    `,"postings":[${postings}],"reference":${quoted(row.reference)},"reversal_of":${quoted(row.reversal_of)}` +
    `,"source":${quoted(row.source)},"step":${quoted(row.step)},"transaction_id":"${row.transaction_id}"` +
    `,"user_id":${quoted(row.user_id)},"version":${isSaid ? 2 : 1}}`
  )
}

/** What JSON writes otherwise than it stands: quotes, backslashes, control characters, and halves of surrogate pairs. */
const SPECIAL = /["\\\p{Cc}\p{Cs}]/u

function quoted(text: string | null): string {
  if (text === null) return 'null'
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** The canonical JSON of each entry of a transaction as it stands in a seal, in the order of its leaves. */
export function entryTexts(row: SealedTransaction, sealed: SealVersion): string[] {
  const texts: string[] = []
  const transaction_hash = hash('sha256', transactionText(row, sealed))
  const { ledger_transaction_id: id, debit_account_ids, credit_account_ids, amounts_cents } = row
  const end = `","transaction_hash":"${transaction_hash}","value_date":"${row.value_date}","version":1}`
  for (let i = 0; i < row.sequences.length; i++) {
    const posting = i >> 1
    const isDebit = i % 2 === 0
    const account = (isDebit ? debit_account_ids : credit_account_ids)[posting]
    texts.push(
      `{"amount_cents":${amounts_cents[posting]},"balance_cents":${row.balances_cents[i]},"booked_at":"${row.booked_at}"` +
        `,"business_date":"${row.business_date}","currency":"${currencyOf(row, posting)}","entry_id":"${entryIdOf(id, i + 1)}"` +
        `,"ledger_account_id":"${account}","ledger_transaction_id":"${id}","sequence":${row.sequences[i]}` +
        `,"side":"${isDebit ? 'DEBIT' : 'CREDIT'}${end}`,
    )
  }
  return texts
}

/** A transaction as receipts and exports show it. */
export function transactionFields(row: SealedTransaction, sealed: SealVersion): TransactionFields {
  return JSON.parse(transactionText(row, sealed)) as TransactionFields
}

/** The entries of a transaction as receipts and exports show them. */
export function entryFields(row: SealedTransaction, sealed: SealVersion): EntryFields[] {
  return entryTexts(row, sealed).map((text) => JSON.parse(text) as EntryFields)
}

/** The currency of a posting. */
export function currencyOf(row: Pick<SealedTransaction, 'currencies' | 'currency'>, posting: number): string {
  return row.currencies?.[posting] ?? row.currency
}

/** A link of the chain: what its hash is taken of. */
export interface SealFields {
  readonly first_leaf: number
  readonly leaf_count: number
  /** SHA-256 of the leaf hashes one after the other. */
  readonly leaves_hash: string
  readonly previous_hash: string
  /** Of the tree after it. */
  readonly root_hash: string
  readonly seal_no: number
  readonly sealed_at: string
  readonly version: SealVersion
}

/** What the first seal follows. */
export const NO_SEAL_HASH: string = '0'.repeat(64)

/** The hash of a link: SHA-256 of its canonical JSON, hexadecimal. */
export function sealHash(fields: SealFields): string {
  return hash('sha256', canonicalJson(fields))
}
