import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beneficiaryOf, inTrail, lockBeneficiary } from '../../store/payees.ts'

/** Forgets a payee; what was paid to it stays in the history. */
export const removeBeneficiary = implement(api.removeBeneficiary, {
  async run({ params: { beneficiary_id } }, { tx, own: { vault }, changed }) {
    const row = await lockBeneficiary(tx, beneficiary_id)
    if (row === undefined) throw new Problem(problems.BENEFICIARY_NOT_FOUND)
    await tx`delete from beneficiaries where beneficiary_id = ${beneficiary_id}`
    changed({ before: inTrail(beneficiaryOf(vault, row)), after: null })
    return {}
  },
})
