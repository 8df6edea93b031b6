import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { leafHashes } from '#libs/merkle/hashing.ts'
import { appendLeaves, EMPTY_TREE, type Tile, type Tree } from '#libs/merkle/tree.ts'
import { treeAt } from './tree-at.ts'

/** Bytes are bytes, whatever class holds them. */
function plain({ size, tail, frontier }: Tree) {
  return { size, tail: tail.map((one) => Buffer.from(one)), frontier }
}

describe('treeAt', () => {
  test('puts the tree of any earlier size together, as it was then', async () => {
    const hashes = leafHashes(Array.from({ length: 66_200 }, (_, i) => String(i)))
    const tiles = new Map<string, Tile>()
    const grown = appendLeaves(EMPTY_TREE, hashes)
    for (const tile of grown.tiles) tiles.set(`${tile.level}/${tile.index}`, tile)
    const source = {
      ...grown.tree,
      readTile: async (level: number, index: number) => tiles.get(`${level}/${index}`)?.hashes,
    }
    for (const size of [0, 1, 255, 256, 257, 1_000, 65_535, 65_536, 65_537, 65_792, 66_199, 66_200]) {
      const { tree } = appendLeaves(EMPTY_TREE, hashes.subarray(0, 32 * size))
      assert.deepEqual(plain(await treeAt(source, size)), plain(tree), `${size} leaves`)
    }
  })
})
