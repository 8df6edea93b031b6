import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listProducts } from '#contracts/api/account.ts'
import { anonymous } from '#libs/contract/client.ts'
import { isCurrency } from '#libs/money/currencies.ts'
import { openAccountBank } from '../../../testing/bank.ts'

describe('listProducts', () => {
  test('shows anyone what the bank offers, in currencies that exist', async (t) => {
    const bank = await openAccountBank(t)
    const { items } = (await bank.call(listProducts, {}, anonymous)).reply
    assert.deepEqual(
      items.map(({ product_id, account_type, overdraft_allowed }) => [product_id, account_type, overdraft_allowed]),
      [
        ['everyday-checking', 'CHECKING', false],
        ['easy-savings', 'SAVINGS', false],
        ['business-current', 'BUSINESS', true],
      ],
    )
    for (const { currencies } of items) assert.ok(currencies.length > 0 && currencies.every(isCurrency))
  })
})
