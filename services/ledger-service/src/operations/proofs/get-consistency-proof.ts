import { getConsistencyProof as contract } from '#contracts/api/ledger-proofs.ts'
import { consistencyProof, rootAt } from '#libs/merkle/proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { readTreeSource } from '../../store/seals/head.ts'

/** Proof that nothing before a size was rewritten since. */
export const getConsistencyProof = implementRead(contract, {
  async read({ query: { from, to } }, { sql }) {
    const source = await readTreeSource(sql)
    if (from > to || to > source.size)
      throw new Problem(problems.SIZE_UNKNOWN, { detail: `The tree has ${source.size} entries` })
    const [proof, from_root, to_root] = await Promise.all([
      consistencyProof(source, from, to),
      rootAt(source, from),
      rootAt(source, to),
    ])
    return {
      from,
      to,
      from_root: from_root.toString('hex'),
      to_root: to_root.toString('hex'),
      consistency_proof: proof.map((hash) => hash.toString('hex')),
    }
  },
})
