import type { Own } from '../../config.ts'
import { type CheckpointRow, readCheckpoints, signCheckpoint } from './checkpoints.ts'
import type { SealContext } from './sealer.ts'

/**
 * A checkpoint whose tree reaches a size: the first that was signed, or the newest seal, which is signed now. Undefined when not so much is
 * sealed. A seal is signed once, however many receipts are asked for.
 */
export async function coveringCheckpoint(
  { database, clock, own }: SealContext & { own: Pick<Own, 'signer'> },
  size: number,
): Promise<CheckpointRow | undefined> {
  const [signed] = await readCheckpoints(database.app, { reaching: size })
  if (signed !== undefined) return signed
  const made = await database.transact((tx) => signCheckpoint(tx, { signer: own.signer, now: clock.bank.now() }))
  return made === undefined || made.tree_size < size ? undefined : made
}
