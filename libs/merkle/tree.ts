import { EMPTY_ROOT, HASH_BYTES, nodeHash, writeNodeHash } from './hashing.ts'

/** Hashes of a tile, and how many levels of the tree one level of tiles spans (C2SP tlog-tiles). */
export const TILE_HASHES = 256
export const TILE_HEIGHT = 8
const TILE_BYTES = TILE_HASHES * HASH_BYTES
/** More levels than a tree of 2^53 leaves has. */
const MAX_HEIGHT = 54

/**
 * What must be kept of a tree besides its full tiles: how many leaves it has, and for each level of tiles the hashes of the one that is not
 * full yet, one after the other (`tail[0]` are leaf hashes, `tail[1]` roots of full tiles of level 0, …). A level without a hash above
 * it is the last.
 */
export type StoredTree = { readonly size: number; readonly tail: readonly Uint8Array[] }

/**
 * A tree to append to: the stored part and the roots of its perfect subtrees, largest first. Never changed, so a failed transaction costs
 * nothing.
 */
export type Tree = StoredTree & { readonly frontier: readonly Buffer[] }

/** A tile that became full: level, index in its level, and its 256 hashes, 8,192 bytes. It never changes. */
export type Tile = { readonly level: number; readonly index: number; readonly hashes: Buffer }

/** The tree without leaves. */
export const EMPTY_TREE: Tree = { size: 0, tail: [], frontier: [] }

/** The tree of what was stored. RangeError when the tail is not one of a tree of that size. */
export function restoreTree({ size, tail }: StoredTree): Tree {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`a tree has no ${size} leaves`)
  const counts = countsOf(size)
  if (counts.length !== tail.length) throw new RangeError(`a tree of ${size} has ${counts.length} levels of tiles`)
  const frontier: Buffer[] = []
  for (const level of tail.keys().toArray().reverse()) {
    const hashes = tail[level] ?? new Uint8Array()
    const count = (counts[level] ?? 0) % TILE_HASHES
    if (hashes.length !== count * HASH_BYTES) {
      throw new RangeError(`level ${level} of a tree of ${size} has ${count} hashes in its tail`)
    }
    frontier.push(...perfectRoots(hashes))
  }
  return { size, tail, frontier }
}

/**
 * The tree with these leaf hashes appended (32 bytes each, one after the other), and the tiles that became full, each before those above
 * it.
 */
export function appendLeaves(tree: Tree, hashes: Uint8Array): { readonly tree: Tree; readonly tiles: readonly Tile[] } {
  if (hashes.length % HASH_BYTES !== 0) throw new RangeError('leaf hashes are 32 bytes each')
  const growing = new Growing(tree, hashes.length / HASH_BYTES)
  for (let at = 0; at < hashes.length; at += HASH_BYTES) growing.push(hashes, at)
  return { tree: growing.tree(), tiles: growing.tiles }
}

/** RFC 6962 §2.1: the root of the whole tree. */
export function rootOf(tree: Pick<Tree, 'frontier'>): Buffer {
  return foldRoots(tree.frontier)
}

/** The root over perfect subtrees that stand side by side, largest first. */
export function foldRoots(roots: readonly Buffer[]): Buffer {
  return roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right))
}

/** How many hashes each level of tiles has in a tree of `size`, from the leaves up. */
export function countsOf(size: number): number[] {
  const counts: number[] = []
  for (let count = size; count > 0; count = Math.floor(count / TILE_HASHES)) counts.push(count)
  return counts
}

/** Roots of the perfect subtrees over fewer than 256 hashes, largest first. */
function perfectRoots(hashes: Uint8Array): Buffer[] {
  const roots: Buffer[] = []
  let from = 0
  for (let width = TILE_HASHES / 2; width >= 1; width /= 2) {
    const to = from + width * HASH_BYTES
    if (to > hashes.length) continue
    const level = Buffer.from(hashes.subarray(from, to))
    for (let left = width; left > 1; left /= 2) halve(level, left)
    roots.push(Buffer.from(level.subarray(0, HASH_BYTES)))
    from = to
  }
  return roots
}

/** Replaces the first `count` hashes by the nodes over each two of them. */
function halve(hashes: Buffer, count: number): void {
  for (let i = 0; i < count / 2; i += 1) writeNodeHash(hashes, i * HASH_BYTES, hashes, 2 * i * HASH_BYTES)
}

/** The tile of a level that is not full: how many hashes the level has, and those of this tile, in room for all once one is added. */
type Filling = { count: number; hashes: Uint8Array }

/** A tree while leaves are appended: the frontier is a stack in one Buffer, so that a leaf allocates nothing. */
class Growing {
  readonly tiles: Tile[] = []
  #size: number
  #depth: number
  readonly #stack = Buffer.allocUnsafe(MAX_HEIGHT * HASH_BYTES)
  readonly #levels: Filling[]

  constructor(tree: Tree, added: number) {
    if (!Number.isSafeInteger(tree.size + added)) throw new RangeError('a tree has at most 2^53-1 leaves')
    this.#size = tree.size
    this.#depth = tree.frontier.length
    tree.frontier.forEach((root, i) => {
      this.#stack.set(root, i * HASH_BYTES)
    })
    this.#levels = countsOf(tree.size).map((count, level) => ({ count, hashes: tree.tail[level] ?? new Uint8Array() }))
  }

  push(source: Uint8Array, at: number): void {
    const top = this.#depth * HASH_BYTES
    this.#stack.set(source.subarray(at, at + HASH_BYTES), top)
    this.#depth += 1
    this.#place(0)
    // The last bits of the old size that are set are the perfect subtrees that this leaf completes.
    let height = 0
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      this.#depth -= 1
      const left = (this.#depth - 1) * HASH_BYTES
      writeNodeHash(this.#stack, left, this.#stack, left)
      height += 1
      if (height % TILE_HEIGHT === 0) this.#place(height / TILE_HEIGHT)
    }
    this.#size += 1
  }

  /** Puts the hash on top of the stack into its level's tile, and hands the tile out once it is full. */
  #place(level: number): void {
    this.#levels[level] ??= { count: 0, hashes: new Uint8Array() }
    const filling = this.#levels[level]
    const hashes = roomy(filling.hashes)
    const top = (this.#depth - 1) * HASH_BYTES
    this.#stack.copy(hashes, (filling.count % TILE_HASHES) * HASH_BYTES, top, top + HASH_BYTES)
    filling.count += 1
    const isFull = filling.count % TILE_HASHES === 0
    if (isFull) this.tiles.push({ level, index: filling.count / TILE_HASHES - 1, hashes })
    filling.hashes = isFull ? new Uint8Array() : hashes
  }

  tree(): Tree {
    const tail = this.#levels.map(({ count, hashes }) => {
      const length = (count % TILE_HASHES) * HASH_BYTES
      return hashes.length === length ? hashes : Buffer.from(hashes.subarray(0, length))
    })
    const roots = Buffer.from(this.#stack.subarray(0, this.#depth * HASH_BYTES))
    const frontier = Array.from({ length: this.#depth }, (_, i) => roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    return { size: this.#size, tail, frontier }
  }
}

/** The hashes in a Buffer with room for a whole tile; itself, where it has that already. */
function roomy(hashes: Uint8Array): Buffer {
  if (hashes.length === TILE_BYTES && Buffer.isBuffer(hashes)) return hashes
  const tile = Buffer.allocUnsafe(TILE_BYTES)
  tile.set(hashes)
  return tile
}
