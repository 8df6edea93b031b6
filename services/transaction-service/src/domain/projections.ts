import type { TransactionRow, TransactionType } from '../tables.ts'

/** What the ledger says that it booked for another service: what each account gained or lost, in minor units of its currency. */
export interface OthersPosting {
  readonly business_event: string
  readonly postings: readonly {
    readonly account_id: string
    readonly amount_cents: bigint
    readonly currency: string
  }[]
}

type Movement = Pick<
  TransactionRow,
  'transaction_type' | 'source_account_id' | 'destination_account_id' | 'amount_cents' | 'currency' | 'description'
>

/**
 * The transactions of customers in what another service had booked. Two customers' accounts of which one gained what the other lost are one
 * transaction between them; in any other case each account that gained or lost has one of its own, against the bank. None where only the
 * bank's own accounts moved.
 */
export function projectionsOf(posted: OthersPosting, isCustomers: (account_id: string) => boolean): Movement[] {
  const gained = new Map<string, bigint>()
  for (const { account_id, amount_cents } of posted.postings)
    if (isCustomers(account_id)) gained.set(account_id, (gained.get(account_id) ?? 0n) + amount_cents)
  const moved = [...gained].filter(([, amount_cents]) => amount_cents !== 0n)
  const currency = posted.postings[0]?.currency ?? ''
  const [loser] = moved.filter(([, amount_cents]) => amount_cents < 0n)
  const [winner] = moved.filter(([, amount_cents]) => amount_cents > 0n)
  if (moved.length === 2 && loser !== undefined && winner !== undefined && loser[1] === -winner[1]) {
    const sides = { source_account_id: loser[0], destination_account_id: winner[0] }
    return [{ ...wordsFor(posted.business_event, 'TRANSFER'), ...sides, amount_cents: winner[1], currency }]
  }
  return moved.map(([account_id, amount]) => {
    const sides =
      amount < 0n
        ? { source_account_id: account_id, destination_account_id: null }
        : { source_account_id: null, destination_account_id: account_id }
    return {
      ...wordsFor(posted.business_event, 'ADJUSTMENT'),
      ...sides,
      amount_cents: amount < 0n ? -amount : amount,
      currency,
    }
  })
}

/** What customers call a business event; one that has no name of its own is named after how the money moved. */
function wordsFor(
  business_event: string,
  otherwise: TransactionType,
): Pick<Movement, 'transaction_type' | 'description'> {
  switch (business_event) {
    case 'INTEREST':
      return { transaction_type: 'INTEREST', description: 'Interest' }
    case 'FEE':
      return { transaction_type: 'FEE', description: 'Fee' }
    case 'ACCOUNT_CLOSURE':
      return { transaction_type: 'TRANSFER', description: 'Payout of a closed account' }
    default:
      return { transaction_type: otherwise, description: '' }
  }
}
