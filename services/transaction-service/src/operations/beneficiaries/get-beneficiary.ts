import * as api from '#contracts/api/transaction.ts'
import { implementRead } from '../../config.ts'
import { findBeneficiary } from '../../store/payees.ts'

/** One payee of the signed-in customer. */
export const getBeneficiary = implementRead(api.getBeneficiary, {
  read: ({ params: { beneficiary_id } }, { sql, own }) => findBeneficiary(sql, own.vault, beneficiary_id),
})
