import { isCurrency } from '#libs/money/currencies.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { ProductRow, StandingRow } from '../tables.ts'

/** What was asked for; absent fields take the bank's defaults. */
export interface OpeningWish {
  product_id?: string
  account_type?: string
  currency: string
  customer_id?: string
  overdraft_limit_cents?: bigint
}

/** Who asks. */
export interface Opener {
  roles: readonly string[]
  customer_id: string | null
}

export interface OpeningPlan {
  customer_id: string
  product: ProductRow
  currency: string
  /** Minor units. */
  overdraft_limit_cents: bigint
}

/** What is to be opened for whom, or the refusal. `products` in the order of the list. */
export function planOpening(wish: OpeningWish, opener: Opener, products: readonly ProductRow[]): OpeningPlan {
  const customer_id = customerFor(wish, opener)
  const product = productFor(wish, products)
  if (!isCurrency(wish.currency) || !product.currencies.includes(wish.currency)) {
    const errors = [{ pointer: '/currency', detail: `${product.product_id} comes in ${product.currencies.join(', ')}` }]
    throw new Problem(problems.CURRENCY_NOT_OFFERED, { errors })
  }
  const overdraft_limit_cents = wish.overdraft_limit_cents ?? 0n
  if (overdraft_limit_cents > 0n && isStaff(opener) && opener.customer_id === customer_id)
    throw new Problem(problems.OWN_ACCOUNT)
  if (overdraft_limit_cents > 0n && !mayGrantOverdraft(opener, product))
    throw new Problem(problems.OVERDRAFT_NOT_ALLOWED)
  return { customer_id, product, currency: wish.currency, overdraft_limit_cents }
}

function isStaff(opener: Opener): boolean {
  return opener.roles.includes('teller') || opener.roles.includes('operator')
}

/** A customer opens for himself; staff say for whom. */
function customerFor(wish: OpeningWish, opener: Opener): string {
  const customer_id = wish.customer_id?.toLowerCase() ?? (isStaff(opener) ? undefined : opener.customer_id)
  if (customer_id === undefined || customer_id === null) throw new Problem(problems.CUSTOMER_REQUIRED)
  if (!isStaff(opener) && customer_id !== opener.customer_id) throw new Problem(problems.CUSTOMER_NOT_YOURS)
  return customer_id
}

function productFor(wish: OpeningWish, products: readonly ProductRow[]): ProductRow {
  const wanted =
    wish.product_id === undefined
      ? products.find((one) => one.is_offered && one.account_type === (wish.account_type ?? 'CHECKING'))
      : products.find((one) => one.is_offered && one.product_id === wish.product_id)
  if (wanted === undefined || (wish.account_type ?? wanted.account_type) !== wanted.account_type)
    throw new Problem(problems.PRODUCT_NOT_FOUND)
  return wanted
}

/** Staff grant it where the product has one, an operator also elsewhere (imported history). */
function mayGrantOverdraft(opener: Opener, product: ProductRow): boolean {
  if (!isStaff(opener)) return false
  return product.overdraft_allowed || opener.roles.includes('operator')
}

/** Money moves on an account of a verified customer only; for one who was turned away nothing is opened. */
export function statusFor(known: Pick<StandingRow, 'kyc_status' | 'is_refused'>): 'PENDING' | 'ACTIVE' {
  if (known.is_refused || known.kyc_status === 'REJECTED') throw new Problem(problems.KYC_REJECTED)
  return known.kyc_status === 'VERIFIED' ? 'ACTIVE' : 'PENDING'
}
