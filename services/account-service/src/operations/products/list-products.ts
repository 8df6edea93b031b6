import { listProducts as contract } from '#contracts/api/account.ts'
import { implementRead } from '../../config.ts'
import { productOf } from '../../store/products.ts'
import type { ProductRow } from '../../tables.ts'

/** The account products of the bank, in the order in which it shows them. */
export const listProducts = implementRead(contract, {
  toleratesLag: true,
  async read(_input, { sql }) {
    const items = await sql<ProductRow[]>`select * from products order by list_rank`
    return { items: items.map(productOf) }
  },
})
