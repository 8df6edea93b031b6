import * as api from '#contracts/api/transaction.ts'
import { implement } from '../../config.ts'
import { checkChange } from '../../domain/beneficiaries.ts'
import { beneficiaryOf, inTrail, lockBeneficiary, sealName } from '../../store/payees.ts'
import type { BeneficiaryRow } from '../../tables.ts'

/** Renames a payee or marks it as a favourite. */
export const changeBeneficiary = implement(api.changeBeneficiary, {
  async run({ params: { beneficiary_id }, body }, { tx, own: { vault }, changed }) {
    const row = await lockBeneficiary(tx, beneficiary_id)
    checkChange(row, body)
    const before = row as BeneficiaryRow
    const after: BeneficiaryRow = {
      ...before,
      name_encrypted:
        body.name === undefined ? before.name_encrypted : sealName(vault, before.beneficiary_id, body.name),
      is_favourite: body.is_favourite ?? before.is_favourite,
      version: before.version + 1,
    }
    const { name_encrypted, is_favourite, version } = after
    await tx`
      update beneficiaries set name_encrypted = ${name_encrypted}, is_favourite = ${is_favourite}, version = ${version}
      where beneficiary_id = ${beneficiary_id}`
    const reply = beneficiaryOf(vault, after)
    changed({ before: inTrail(beneficiaryOf(vault, before)), after: inTrail(reply) })
    return reply
  },
})
