import { getVerification as contract } from '#contracts/api/ledger-proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findVerification, verificationReply } from '../../store/seals/verifications.ts'

/** A verification as far as it came. */
export const getVerification = implementRead(contract, {
  async read({ params: { verification_id } }, { sql }) {
    const row = await findVerification(sql, verification_id)
    if (row === undefined) throw new Problem(problems.VERIFICATION_NOT_FOUND)
    return verificationReply(row)
  },
})
