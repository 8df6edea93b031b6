import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beneficiaryColumns, beneficiaryOf } from '../../store/payees.ts'
import type { BeneficiaryRow } from '../../tables.ts'

/** One payee of the signed-in customer. */
export const getBeneficiary = implementRead(api.getBeneficiary, {
  async read({ params: { beneficiary_id } }, { sql, own }) {
    const [row] = await sql<BeneficiaryRow[]>`
      select ${beneficiaryColumns(sql)} from beneficiaries where beneficiary_id = ${beneficiary_id}`
    if (row === undefined) throw new Problem(problems.BENEFICIARY_NOT_FOUND)
    return beneficiaryOf(own.vault, row)
  },
})
