import { setImmediate } from 'node:timers/promises'
import { leafHashes } from '#libs/merkle/hashing.ts'
import { appendLeaves, type Tile, type Tree } from '#libs/merkle/tree.ts'
import { entryTexts, SEAL_VERSION, type SealedTransaction } from '../../proofs/texts.ts'

/** Leaves that are hashed without a pause, which is some milliseconds: whoever books meanwhile waits no longer. One transaction is not parted. */
export const LEAVES_AT_A_STRETCH = 500

interface Grown {
  readonly tree: Tree
  readonly tiles: readonly Tile[]
  readonly hashes: Buffer
  /** Leaves of each transaction. */
  readonly entry_counts: readonly number[]
}

/** The tree with the leaves of these transactions, hashed in short stretches. */
export async function grow(before: Tree, transactions: readonly SealedTransaction[]): Promise<Grown> {
  const tiles: Tile[] = []
  const parts: Buffer[] = []
  const entry_counts: number[] = []
  let tree = before
  let texts: string[] = []
  const append = (): void => {
    const hashes = leafHashes(texts)
    const grown = appendLeaves(tree, hashes)
    tree = grown.tree
    tiles.push(...grown.tiles)
    parts.push(hashes)
    texts = []
  }
  for (const transaction of transactions) {
    const own = entryTexts(transaction, SEAL_VERSION)
    entry_counts.push(own.length)
    texts.push(...own)
    if (texts.length < LEAVES_AT_A_STRETCH) continue
    append()
    await setImmediate()
  }
  append()
  return { tree, tiles, hashes: Buffer.concat(parts), entry_counts }
}
