import { HASH_BYTES } from '#libs/merkle/hashing.ts'
import type { TreeSource } from '#libs/merkle/tiles.ts'
import { appendLeaves, countsOf, EMPTY_TREE, restoreTree, rootOf, TILE_HASHES, type Tree } from '#libs/merkle/tree.ts'

/** The tree as it was with its first `size` leaves, to go on from there: what stands outside full tiles is put together from those below. */
export async function treeAt(source: TreeSource, size: number): Promise<Tree> {
  const tail: Buffer[] = []
  for (const [level, count] of countsOf(size).entries()) {
    const first = count - (count % TILE_HASHES)
    const hashes: Buffer[] = []
    if (level === 0) hashes.push(await hashesOf(source, Math.floor(first / TILE_HASHES), count - first))
    else
      for (let i = first; i < count; i++)
        hashes.push(rootOf(appendLeaves(EMPTY_TREE, await tileOf(source, level - 1, i)).tree))
    tail.push(Buffer.concat(hashes))
  }
  return restoreTree({ size, tail })
}

/** The first hashes of a tile of leaves, which may not be full. */
async function hashesOf(source: TreeSource, index: number, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0)
  const isFull = (index + 1) * TILE_HASHES <= source.size
  const hashes = isFull ? await tileOf(source, 0, index) : Buffer.from(source.tail[0] ?? [])
  return hashes.subarray(0, count * HASH_BYTES)
}

async function tileOf(source: TreeSource, level: number, index: number): Promise<Buffer> {
  const hashes = await source.readTile(level, index)
  if (hashes === undefined) throw new Error(`tile ${level}/${index} is missing`)
  return Buffer.from(hashes)
}
