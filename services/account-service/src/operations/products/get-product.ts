import { getProduct as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { productOf } from '../../store/products.ts'
import type { ProductRow } from '../../tables.ts'

/** One product; also one that is not offered any more, because accounts of it live on. */
export const getProduct = implementRead(contract, {
  async read({ params }, { sql }) {
    const [product] = await sql<ProductRow[]>`select * from products where product_id = ${params.product_id}`
    if (product === undefined) throw new Problem(problems.NO_SUCH_PRODUCT)
    return productOf(product)
  },
})
