import { signCheckpoint as contract } from '#contracts/api/ledger-proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { checkpointReply, signCheckpoint as sign } from '../../store/seals/checkpoints.ts'

/** Signs the newest seal, once. */
export const signCheckpoint = implement(contract, {
  async run(_input, { tx, clock, own }) {
    const row = await sign(tx, { signer: own.signer, now: clock.bank.now() })
    if (row === undefined) throw new Problem(problems.NOTHING_SEALED)
    return checkpointReply(row)
  },
})
