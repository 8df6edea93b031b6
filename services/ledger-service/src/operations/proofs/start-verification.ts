import { startVerification as contract } from '#contracts/api/ledger-proofs.ts'
import { implement } from '../../config.ts'
import { sealRange } from '../../proofs/seal-range.ts'
import { lastSealNo } from '../../store/seals/sealed-page.ts'
import { findVerification, verificationReply } from '../../store/seals/verifications.ts'

/** Orders a verification; the job `verify-journal` does it. One at a time: a second is refused by the index on running ones. */
export const startVerification = implement(contract, {
  async run({ body }, { tx, clock, mintId }) {
    const { from_seal, to_seal } = sealRange(body, await lastSealNo(tx))
    const verification_id = mintId()
    await tx`
      insert into ledger_verifications (verification_id, status, from_seal, to_seal, next_seal, seals, transactions, entries, started_at)
      values (${verification_id}, 'RUNNING', ${from_seal}, ${to_seal}, ${from_seal}, 0, 0, 0, ${clock.bank.now()})`
    const row = await findVerification(tx, verification_id)
    if (row === undefined) throw new Error('an inserted verification came back without a row')
    return verificationReply(row)
  },
})
