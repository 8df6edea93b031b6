import type { getProduct } from '#contracts/api/account.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { ProductRow } from '../tables.ts'

/** A product as the contract shows it. */
export function productOf(row: ProductRow): ReplyOf<typeof getProduct> {
  const { default_daily_hundredths, highest_daily_hundredths, ...product } = row
  return {
    ...product,
    default_daily_limit: default_daily_hundredths,
    highest_daily_limit: highest_daily_hundredths,
  }
}
