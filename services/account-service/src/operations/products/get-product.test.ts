import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getProduct } from '#contracts/api/account.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openAccountBank, refusalOf } from '../../../testing/bank.ts'

describe('getProduct', () => {
  test('tells anyone the rate and the limits of a product, and knows no other', async (t) => {
    const bank = await openAccountBank(t)
    const product = async (product_id: string) =>
      (await bank.call(getProduct, { params: { product_id } }, anonymous)).reply
    const savings = await product('easy-savings')
    assert.deepEqual([savings.account_type, savings.interest_rate_ppm], ['SAVINGS', 20_000])
    const checking = await product('everyday-checking')
    assert.deepEqual(
      [checking.interest_rate_ppm, checking.default_daily_limit, checking.highest_daily_limit],
      [0, 1_000_000, 5_000_000],
    )
    assert.equal(await refusalOf(product('gold-card')), 'NO_SUCH_PRODUCT')
  })
})
