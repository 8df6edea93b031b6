import type { JournalRow } from '../tables.ts'

interface Posting {
  readonly debit_account_id: string
  readonly credit_account_id: string
  readonly amount_cents: bigint
  readonly currency: string
}

/** What of a transaction is not everybody's who took part in it. */
interface Sides extends Pick<JournalRow, 'currency' | 'hold_id' | 'exchange' | 'metadata'> {
  readonly postings: readonly Posting[]
}

/** A transaction of which the other side is not told. */
export type OwnSides<Whole extends Sides> = Omit<Whole, 'postings'> & {
  postings: {
    debit_account_id: string | null
    credit_account_id: string | null
    amount_cents: bigint
    currency: string
  }[]
}

/**
 * What a customer sees of a transaction, whether he paid or was paid: what his statement says. Of the postings those that touch accounts of his, with
 * his side of each; other payments of the same transaction, the account on the other side and the metadata, which the bank's services write, are not his
 * business. A hold belongs to what was debited, and a rate tells what the other side had: both are shown to whoever has all of it. Undefined where nothing
 * is his.
 */
export function ownSides<Whole extends Sides>(whole: Whole, own: ReadonlySet<string>): OwnSides<Whole> | undefined {
  const sideOf = (id: string): string | null => (own.has(id) ? id : null)
  const postings = whole.postings
    .filter(({ debit_account_id, credit_account_id }) => own.has(debit_account_id) || own.has(credit_account_id))
    .map(({ debit_account_id, credit_account_id, amount_cents, currency }) => ({
      debit_account_id: sideOf(debit_account_id),
      credit_account_id: sideOf(credit_account_id),
      amount_cents,
      currency,
    }))
  const [first] = postings
  if (first === undefined) return undefined
  const currencies = new Set(postings.map((posting) => posting.currency))
  const { exchange, hold_id } = whole
  const hasBoth = exchange !== null && currencies.has(exchange.sell_currency) && currencies.has(exchange.buy_currency)
  return {
    ...whole,
    postings,
    currency: currencies.has(whole.currency) ? whole.currency : first.currency,
    hold_id: whole.postings.every((posting) => own.has(posting.debit_account_id)) ? hold_id : null,
    exchange: hasBoth ? exchange : null,
    metadata: null,
  }
}
