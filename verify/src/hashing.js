// @ts-check
import { createHash } from 'node:crypto'
import { must } from './verdict.js'

/** The root of the tree without leaves, and what stands before the first seal. */
export const EMPTY_ROOT = sha256('')
export const NO_HASH = '0'.repeat(64)

/** @param {string | Uint8Array} data a text as UTF-8 */
export function sha256(data) {
  return createHash('sha256').update(data).digest()
}

/**
 * RFC 6962 §2.1: a leaf is told from a node by its first byte.
 * @param {string} text
 */
export function leafHash(text) {
  return createHash('sha256').update('\0').update(text).digest()
}

/**
 * @param {Buffer} left
 * @param {Buffer} right
 */
function nodeHash(left, right) {
  return createHash('sha256').update('\x01').update(left).update(right).digest()
}

/**
 * RFC 6962 §2.1.1: the root that a leaf and the hashes beside its path (bottom up) make in a tree of `size` leaves.
 * @param {{ leaf: Buffer, index: number, size: number, path: readonly Buffer[] }} claim
 * @returns {Buffer}
 */
export function rootOfPath({ leaf, index, size, path }) {
  if (size === 1) return leaf
  const below = path.slice(0, -1)
  const beside = /** @type {Buffer} */ (path.at(-1))
  const left = splitOf(size)
  return index < left
    ? nodeHash(rootOfPath({ leaf, index, size: left, path: below }), beside)
    : nodeHash(beside, rootOfPath({ leaf, index: index - left, size: size - left, path: below }))
}

/**
 * How many hashes stand beside the path of a leaf.
 * @param {number} index
 * @param {number} size
 * @returns {number}
 */
export function pathLength(index, size) {
  if (size <= 1) return 0
  const left = splitOf(size)
  return 1 + (index < left ? pathLength(index, left) : pathLength(index - left, size - left))
}

/**
 * RFC 6962 §2.1.2: a tree grew from an earlier one, or the first broken link.
 * @param {{ size: number, root: Buffer }} earlier
 * @param {{ size: number, root: Buffer }} later
 * @param {readonly Buffer[]} proof
 * @param {string} what
 */
export function mustGrow(earlier, later, proof, what) {
  const whole = { size: earlier.size, root: earlier.root }
  const isPlain = earlier.size === 0 || earlier.size === later.size
  const length = isPlain ? 0 : proofLength(earlier.size, later.size, true)
  must(proof.length === length, `${what}: its length`, length, proof.length)
  if (earlier.size === 0) {
    must(earlier.root.equals(EMPTY_ROOT), `${what}: root of the empty tree`, hex(EMPTY_ROOT), hex(earlier.root))
    return
  }
  const made = rootsOfProof(earlier.size, later.size, proof, whole)
  must(made.earlier.equals(earlier.root), `${what}: the earlier root`, hex(earlier.root), hex(made.earlier))
  must(made.later.equals(later.root), `${what}: the later root`, hex(later.root), hex(made.later))
}

/**
 * Both roots that a consistency proof makes: SUBPROOF of RFC 6962, read backwards. `whole` is the earlier tree as long as it is the left
 * edge.
 * @param {number} size
 * @param {number} present
 * @param {readonly Buffer[]} proof
 * @param {{ root: Buffer } | undefined} whole
 * @returns {{ earlier: Buffer, later: Buffer }}
 */
function rootsOfProof(size, present, proof, whole) {
  if (size === present) {
    const root = whole?.root ?? /** @type {Buffer} */ (proof[0])
    return { earlier: root, later: root }
  }
  const rest = proof.slice(0, -1)
  const beside = /** @type {Buffer} */ (proof.at(-1))
  const left = splitOf(present)
  if (size <= left) {
    const { earlier, later } = rootsOfProof(size, left, rest, whole)
    return { earlier, later: nodeHash(later, beside) }
  }
  const { earlier, later } = rootsOfProof(size - left, present - left, rest, undefined)
  return { earlier: nodeHash(beside, earlier), later: nodeHash(beside, later) }
}

/**
 * @param {number} size
 * @param {number} present
 * @param {boolean} isWhole
 * @returns {number}
 */
function proofLength(size, present, isWhole) {
  if (size === present) return isWhole ? 0 : 1
  const left = splitOf(present)
  return 1 + (size <= left ? proofLength(size, left, isWhole) : proofLength(size - left, present - left, false))
}

/**
 * The largest power of two below a size of at least 2: where RFC 6962 splits.
 * @param {number} size
 */
function splitOf(size) {
  let width = 1
  while (width * 2 < size) width *= 2
  return width
}

/** @param {Buffer} hash */
export function hex(hash) {
  return hash.toString('hex')
}

/** A tree that grows leaf by leaf and remembers only the roots of its perfect subtrees. */
export class GrowingTree {
  /**
   * @param {number} size
   * @param {readonly Buffer[]} frontier roots of its perfect subtrees, largest first: as many as its size has bits that are set
   */
  constructor(size, frontier) {
    this.size = size
    this.roots = [...frontier]
  }

  /** @param {Buffer} leaf */
  append(leaf) {
    let root = leaf
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeHash(/** @type {Buffer} */ (this.roots.pop()), root)
    }
    this.roots.push(root)
    this.size += 1
  }

  root() {
    return this.roots.length === 0 ? EMPTY_ROOT : this.roots.reduceRight((right, left) => nodeHash(left, right))
  }
}

/**
 * How many perfect subtrees a tree of this size has.
 * @param {number} size
 */
export function perfectCount(size) {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
