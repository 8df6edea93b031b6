import { getEntryReceipt as contract } from '#contracts/api/ledger-proofs.ts'
import { inclusionProof } from '#libs/merkle/proofs.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { placeOf } from '../../domain/entry-id.ts'
import { seesAllSides } from '../../owners.ts'
import { problems } from '../../problems.ts'
import { entryReply, transactionReply } from '../../proofs/replies.ts'
import { coveringCheckpoint } from '../../store/seals/covering.ts'
import { readTreeSource } from '../../store/seals/head.ts'
import { sealCommitted } from '../../store/seals/seal-committed.ts'
import { findPlace } from '../../store/seals/seal-of.ts'
import { findTransactionOfEntry } from '../../store/seals/sealed-transactions.ts'

/** The proof that an entry stands under a signed root. What was booked a moment ago is sealed and signed for it. */
export const getEntryReceipt = implementRead(contract, {
  async read({ params: { entry_id } }, { clock, own, caller }) {
    const { database } = own
    const transaction = await findTransactionOfEntry(database.app, entry_id)
    if (transaction === undefined) throw new Problem(problems.ENTRY_NOT_FOUND)
    const { ledger_transaction_id } = transaction
    let place = await findPlace(database.app, ledger_transaction_id)
    if (place === undefined && (await sealCommitted({ database, clock, own })))
      place = await findPlace(database.app, ledger_transaction_id)
    if (place === undefined) throw new Problem(problems.NOT_SEALED_YET)
    const { ordinal } = placeOf(entry_id)
    const leaf_index = place.first_leaf + ordinal - 1
    const checkpoint = await coveringCheckpoint({ database, clock, own }, leaf_index + 1)
    if (checkpoint === undefined) throw new Problem(problems.NOT_SEALED_YET)
    const proof = await inclusionProof(await readTreeSource(database.app), leaf_index, checkpoint.tree_size)
    return {
      format: 'bankflow-receipt/1' as const,
      entry: entryReply(transaction, ordinal, place.version),
      // It names the other side, which is no customer's business.
      transaction: seesAllSides(caller) ? transactionReply(transaction, place.version) : null,
      leaf_index,
      inclusion_proof: proof.map((hash) => hash.toString('hex')),
      checkpoint: checkpoint.note,
    }
  },
})
