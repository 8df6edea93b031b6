import { type Node, Nodes, type TreeSource } from './tiles.ts'
import { foldRoots } from './tree.ts'

/** Leaves from `from` up to but not including `to`. */
type Range = { readonly from: number; readonly to: number }

/** Proofs that are made from tiles read together. */
const PROOFS_AT_ONCE = 64

/** The root of the tree as it was with its first `size` leaves. RangeError beyond the present size, here and below. */
export async function rootAt(source: TreeSource, size: number): Promise<Buffer> {
  return foldRoots(await frontierAt(source, size))
}

/** Roots of the perfect subtrees of the tree of `size` leaves, largest first: enough to go on from there. */
export async function frontierAt(source: TreeSource, size: number): Promise<Buffer[]> {
  mustFit(source, size)
  const nodes = new Nodes(source)
  const parts = perfectNodes({ from: 0, to: size })
  await nodes.load(parts)
  return parts.map((node) => Buffer.from(nodes.get(node)))
}

/**
 * RFC 6962 §2.1.1: the hashes beside the path from a leaf to the root of the tree of `size` leaves (the present size unless told), bottom
 * up.
 */
export async function inclusionProof(source: TreeSource, leaf_index: number, size?: number): Promise<Buffer[]> {
  const [proof] = await inclusionProofs(source, [leaf_index], size)
  return proof ?? []
}

/** The same for many leaves of one tree, in their order. Leaves near each other share tiles: sorted indexes are the cheapest. */
export async function inclusionProofs(
  source: TreeSource,
  leaf_indexes: readonly number[],
  size: number = source.size,
): Promise<Buffer[][]> {
  mustFit(source, size)
  const wrong = leaf_indexes.find((index) => !Number.isSafeInteger(index) || index < 0 || index >= size)
  if (wrong !== undefined) throw new RangeError(`a tree of ${size} has no leaf ${wrong}`)
  const paths = leaf_indexes.map((index) => besidePath(index, size))
  return await hashesOf(new Nodes(source), paths)
}

/**
 * RFC 6962 §2.1.2: shows that the tree of `from` leaves is the beginning of the tree of `to` leaves. Empty for two of one size, and from
 * the empty tree, which is the beginning of every tree.
 */
export async function consistencyProof(source: TreeSource, from: number, to: number = source.size): Promise<Buffer[]> {
  const [proof] = await consistencyProofs(source, [{ from, to }])
  return proof ?? []
}

/** The same for many pairs of sizes, in their order, from tiles that are read once. */
export async function consistencyProofs(
  source: TreeSource,
  pairs: readonly { readonly from: number; readonly to: number }[],
): Promise<Buffer[][]> {
  for (const { from, to } of pairs) {
    mustFit(source, to)
    if (!Number.isSafeInteger(from) || from < 0 || from > to) throw new RangeError(`${from} is no size before ${to}`)
  }
  const paths = pairs.map(({ from, to }) => (from === 0 ? [] : betweenSizes(from, to)))
  return await hashesOf(new Nodes(source), paths)
}

async function hashesOf(nodes: Nodes, paths: readonly (readonly Range[])[]): Promise<Buffer[][]> {
  const proofs: Buffer[][] = []
  for (let i = 0; i < paths.length; i += PROOFS_AT_ONCE) {
    const parts = paths.slice(i, i + PROOFS_AT_ONCE).map((path) => path.map(perfectNodes))
    await nodes.load(parts.flat(2))
    for (const path of parts) {
      // A node is a piece of its tile: copied, a proof does not hold 16 KiB for each of its hashes.
      proofs.push(path.map((range) => Buffer.from(foldRoots(range.map((node) => nodes.get(node))))))
    }
  }
  return proofs
}

/** The subtrees whose roots are the audit path of a leaf, bottom up. */
function besidePath(leaf: number, size: number): Range[] {
  const beside: Range[] = []
  let range: Range = { from: 0, to: size }
  while (range.to - range.from > 1) {
    const [left, right] = split(range)
    beside.push(leaf < left.to ? right : left)
    range = leaf < left.to ? left : right
  }
  return beside.reverse()
}

/** The subtrees whose roots prove that the first `size` leaves are those of an earlier tree: SUBPROOF of RFC 6962. */
function betweenSizes(size: number, present: number): Range[] {
  const proof: Range[] = []
  let range: Range = { from: 0, to: present }
  while (range.to !== size) {
    const [left, right] = split(range)
    proof.push(size <= left.to ? right : left)
    range = size <= left.to ? left : right
  }
  // The old tree itself is known to who asks; a part of it is not.
  if (range.from > 0) proof.push(range)
  return proof.reverse()
}

/** RFC 6962 splits at the largest power of two below the number of leaves. */
function split({ from, to }: Range): readonly [Range, Range] {
  let width = 1
  while (width * 2 < to - from) width *= 2
  return [
    { from, to: from + width },
    { from: from + width, to },
  ]
}

/** The perfect subtrees that make up a range which RFC 6962's splitting leads to, largest first. */
function perfectNodes({ from, to }: Range): Node[] {
  const nodes: Node[] = []
  for (let start = from; start < to; ) {
    let height = 0
    while (start + 2 ** (height + 1) <= to && start % 2 ** (height + 1) === 0) height += 1
    nodes.push({ height, index: start / 2 ** height })
    start += 2 ** height
  }
  return nodes
}

function mustFit(source: TreeSource, size: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > source.size) {
    throw new RangeError(`a tree of ${source.size} has no state of ${size} leaves`)
  }
}
