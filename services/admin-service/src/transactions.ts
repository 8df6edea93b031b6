import { getTransaction } from '#contracts/api/transaction.ts'
import type { Client } from '#libs/contract/client.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'

export type Transaction = ReplyOf<typeof getTransaction>

/** Transactions as their service has them now, by id; one that it does not know is left out. Few wait for a person, so each is asked for. */
export async function presentTransactions({ call }: Client, ids: Iterable<string>): Promise<Map<string, Transaction>> {
  const found = await Promise.all(
    [...new Set(ids)].map((transaction_id) =>
      call(getTransaction, { params: { transaction_id } }).catch(unlessUnknown),
    ),
  )
  return new Map(
    found.flatMap((transaction) => (transaction === null ? [] : [[transaction.transaction_id, transaction]])),
  )
}

function unlessUnknown(error: unknown): null {
  if (error instanceof Problem && error.kind.status === 404) return null
  throw error
}
