import { startVerification as contract } from '#contracts/api/ledger-proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { lastSealNo } from '../../store/seals/sealed-page.ts'
import { findVerification, verificationReply } from '../../store/seals/verifications.ts'

/** Orders a verification; the job `verify-journal` does it. One at a time: a second is refused by the index on running ones. */
export const startVerification = implement(contract, {
  async run({ body: { from_seal = 1, to_seal } }, { tx, clock, mintId }) {
    const up_to = Math.min(to_seal ?? Number.MAX_SAFE_INTEGER, await lastSealNo(tx))
    if (up_to < from_seal) throw new Problem(problems.NOTHING_SEALED)
    const verification_id = mintId()
    await tx`
      insert into ledger_verifications (verification_id, status, from_seal, to_seal, next_seal, seals, transactions, entries, started_at)
      values (${verification_id}, 'RUNNING', ${from_seal}, ${up_to}, ${from_seal}, 0, 0, 0, ${clock.bank.now()})`
    const row = await findVerification(tx, verification_id)
    if (row === undefined) throw new Error('an inserted verification came back without a row')
    return verificationReply(row)
  },
})
