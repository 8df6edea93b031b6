import * as api from '#contracts/api/transaction.ts'
import { requireProof, spendProof } from '#libs/http/step-up.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { beneficiaryColumns, beneficiaryOf, inTrail, lockBeneficiary } from '../../store/payees.ts'
import type { BeneficiaryRow } from '../../tables.ts'

/** Trusts a payee, which is always confirmed, or ends that. Said twice it is the same as once. */
export const trustBeneficiary = implement(api.trustBeneficiary, {
  async run(input, { tx, clock, caller, own: { vault }, changed }) {
    const { beneficiary_id } = input.params
    const { is_trusted } = input.body
    const now = clock.wall.now()
    if (is_trusted) {
      const proof = requireProof(api.trustBeneficiary, input, caller, now)
      await spendProof(tx, api.trustBeneficiary, proof, now)
    }
    const before = await lockBeneficiary(tx, beneficiary_id)
    if (before === undefined) throw new Problem(problems.BENEFICIARY_NOT_FOUND)
    if (is_trusted && before.account_id === null) throw new Problem(problems.NOT_TRUSTABLE)
    const [after] = await tx<BeneficiaryRow[]>`
      update beneficiaries set trusted_at = ${is_trusted ? now : null}, version = version + 1
      where beneficiary_id = ${beneficiary_id} returning ${beneficiaryColumns(tx)}`
    const reply = beneficiaryOf(vault, after as BeneficiaryRow)
    changed({ before: inTrail(beneficiaryOf(vault, before)), after: inTrail(reply) })
    return reply
  },
})
