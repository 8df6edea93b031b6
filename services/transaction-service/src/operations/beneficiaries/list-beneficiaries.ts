import * as api from '#contracts/api/transaction.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beneficiaryColumns, beneficiaryOf } from '../../store/payees.ts'
import type { BeneficiaryRow } from '../../tables.ts'

const DEFAULT_LIMIT = 50
const BEFORE_ALL = { is_favourite: true, beneficiary_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

type Place = Pick<BeneficiaryRow, 'is_favourite' | 'beneficiary_id'>

/** The signed-in customer's payees: favourites first, in each the newest first. */
export const listBeneficiaries = implementRead(api.listBeneficiaries, {
  async read({ query: { limit = DEFAULT_LIMIT, cursor, is_favourite } }, { sql, own, caller: { customer_id } }) {
    if (customer_id === null) throw new Problem(problems.CUSTOMER_REQUIRED)
    const after = cursor === undefined ? BEFORE_ALL : placeOf(cursor)
    const rows = await sql<BeneficiaryRow[]>`
      select ${beneficiaryColumns(sql)} from beneficiaries
      where customer_id = ${customer_id} and (is_favourite, beneficiary_id) < (${after.is_favourite}, ${after.beneficiary_id}::uuid)
        ${is_favourite === undefined ? sql`` : sql`and is_favourite = ${is_favourite}`}
      order by is_favourite desc, beneficiary_id desc limit ${limit + 1}`
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    const next_cursor = rows.length > limit && last !== undefined ? cursorOf(last) : null
    return { items: items.map((row) => beneficiaryOf(own.vault, row)), next_cursor }
  },
})

function cursorOf({ is_favourite, beneficiary_id }: Place): string {
  return Buffer.from(`${is_favourite ? 1 : 0} ${beneficiary_id}`).toString('base64url')
}

function placeOf(cursor: string): Place {
  const [favourite = '', beneficiary_id = '', ...more] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (more.length > 0 || !/^[01]$/.test(favourite) || !isId(beneficiary_id))
    throw new Problem(problems.CURSOR_WRONG, {
      errors: [{ pointer: 'query/cursor', detail: problems.CURSOR_WRONG.title }],
    })
  return { is_favourite: favourite === '1', beneficiary_id }
}
