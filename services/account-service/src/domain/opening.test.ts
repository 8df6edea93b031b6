import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { ProductRow, StandingRow } from '../tables.ts'
import { type Opener, type OpeningWish, planOpening, statusFor } from './opening.ts'

const product = (row: Partial<ProductRow>): ProductRow => ({
  product_id: 'everyday-checking',
  name: 'Everyday',
  account_type: 'CHECKING',
  currencies: ['EUR', 'JPY'],
  overdraft_allowed: false,
  is_offered: true,
  interest_rate_ppm: 0,
  default_daily_hundredths: null,
  highest_daily_hundredths: null,
  ...row,
})
const products = [
  product({ product_id: 'old-checking', is_offered: false }),
  product({}),
  product({ product_id: 'student-checking' }),
  product({ product_id: 'business-current', account_type: 'BUSINESS', overdraft_allowed: true }),
]
const anna: Opener = { roles: ['customer'], customer_id: 'anna' }
const teller: Opener = { roles: ['teller'], customer_id: null }
const operator: Opener = { roles: ['operator'], customer_id: null }

function refusal(wish: OpeningWish, opener: Opener): string {
  try {
    planOpening(wish, opener, products)
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
  assert.fail('it was not refused')
}

describe('what may be opened', () => {
  test('a customer opens the first offered checking account for himself when he says no more', () => {
    const plan = planOpening({ currency: 'EUR' }, anna, products)
    assert.deepEqual(
      [plan.customer_id, plan.product.product_id, plan.overdraft_limit_cents],
      ['anna', 'everyday-checking', 0n],
    )
  })

  test('a type stands for its first offered product, and a product for itself', () => {
    assert.equal(
      planOpening({ currency: 'EUR', account_type: 'BUSINESS' }, anna, products).product.product_id,
      'business-current',
    )
    assert.equal(
      planOpening({ currency: 'EUR', product_id: 'student-checking' }, anna, products).product.product_id,
      'student-checking',
    )
  })

  test('what is not offered, unknown or of another type is refused', () => {
    assert.equal(refusal({ currency: 'EUR', product_id: 'old-checking' }, anna), 'PRODUCT_NOT_FOUND')
    assert.equal(refusal({ currency: 'EUR', product_id: 'gold' }, anna), 'PRODUCT_NOT_FOUND')
    assert.equal(refusal({ currency: 'EUR', account_type: 'LOAN' }, anna), 'PRODUCT_NOT_FOUND')
    const mixed = { currency: 'EUR', product_id: 'everyday-checking', account_type: 'BUSINESS' }
    assert.equal(refusal(mixed, anna), 'PRODUCT_NOT_FOUND')
  })

  test('a currency that the product lacks, or that is none, is refused', () => {
    assert.equal(refusal({ currency: 'USD' }, anna), 'CURRENCY_NOT_OFFERED')
    assert.equal(refusal({ currency: 'XYZ' }, anna), 'CURRENCY_NOT_OFFERED')
  })

  test('a customer opens for nobody else, and not without being one', () => {
    assert.equal(refusal({ currency: 'EUR', customer_id: 'bert' }, anna), 'CUSTOMER_NOT_YOURS')
    assert.equal(refusal({ currency: 'EUR' }, { roles: ['customer'], customer_id: null }), 'CUSTOMER_REQUIRED')
  })

  test('staff must say for whom, even when they are customers too', () => {
    assert.equal(refusal({ currency: 'EUR' }, teller), 'CUSTOMER_REQUIRED')
    assert.equal(
      refusal({ currency: 'EUR' }, { roles: ['customer', 'teller'], customer_id: 'tom' }),
      'CUSTOMER_REQUIRED',
    )
    assert.equal(planOpening({ currency: 'JPY', customer_id: 'bert' }, teller, products).customer_id, 'bert')
  })

  test('an overdraft is granted by staff where the product has one, and by operators anywhere', () => {
    const wish = { currency: 'EUR', customer_id: 'bert', overdraft_limit_cents: 5_000n }
    const business = { ...wish, product_id: 'business-current' }
    assert.equal(planOpening(business, teller, products).overdraft_limit_cents, 5_000n)
    assert.equal(planOpening(wish, operator, products).overdraft_limit_cents, 5_000n)
    assert.equal(refusal(wish, teller), 'OVERDRAFT_NOT_ALLOWED')
  })

  test('nobody grants an overdraft to himself', () => {
    const wish = { currency: 'EUR', product_id: 'business-current', overdraft_limit_cents: 1n }
    assert.equal(refusal(wish, anna), 'OVERDRAFT_NOT_ALLOWED')
    const insider: Opener = { roles: ['teller', 'operator', 'customer'], customer_id: 'tom' }
    assert.equal(refusal({ ...wish, customer_id: 'tom' }, insider), 'OWN_ACCOUNT')
    assert.equal(planOpening({ ...wish, overdraft_limit_cents: 0n }, anna, products).overdraft_limit_cents, 0n)
  })

  test('an account of a verified customer is active, of one who waits pending, and of one who was turned away none', () => {
    const status = (kyc_status: StandingRow['kyc_status'], is_refused = false) => {
      try {
        return statusFor({ kyc_status, is_refused })
      } catch (error) {
        assert.ok(error instanceof Problem)
        return error.kind.code
      }
    }
    assert.deepEqual(
      (['VERIFIED', 'PENDING', 'IN_REVIEW', 'EXPIRED', 'REJECTED'] as const).map((one) => status(one)),
      ['ACTIVE', 'PENDING', 'PENDING', 'PENDING', 'KYC_REJECTED'],
    )
    assert.equal(status('VERIFIED', true), 'KYC_REJECTED')
  })
})
