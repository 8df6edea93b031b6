import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hashing.ts'

/** Whether a leaf is in the tree with this root (RFC 9162 §2.1.3.2). */
export function isIncluded(claim: {
  readonly leaf_hash: Uint8Array
  readonly leaf_index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}): boolean {
  const { leaf_index, size, proof, root } = claim
  if (!isSize(size) || !isSize(leaf_index) || leaf_index >= size) return false
  if (!areHashes([claim.leaf_hash, root, ...proof])) return false
  let hash = claim.leaf_hash
  let at = leaf_index
  let last = size - 1
  for (const beside of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(beside, hash)
      // A right edge that is not full has no sibling on these levels.
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else hash = nodeHash(hash, beside)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && same(hash, root)
}

/** Whether the first tree is the beginning of the second (RFC 9162 §2.1.4.2). Every tree begins with the empty one. */
export function isConsistent(claim: {
  readonly from: { readonly size: number; readonly root: Uint8Array }
  readonly to: { readonly size: number; readonly root: Uint8Array }
  readonly proof: readonly Uint8Array[]
}): boolean {
  const { from, to, proof } = claim
  if (!isSize(from.size) || !isSize(to.size) || from.size > to.size) return false
  if (!areHashes([from.root, to.root, ...proof])) return false
  if (from.size === to.size) return proof.length === 0 && same(from.root, to.root)
  if (from.size === 0) return proof.length === 0 && same(from.root, EMPTY_ROOT)
  return climbs(from, to, isPowerOfTwo(from.size) ? [from.root, ...proof] : proof)
}

type Root = { readonly size: number; readonly root: Uint8Array }

function climbs(from: Root, to: Root, path: readonly Uint8Array[]): boolean {
  const [first, ...rest] = path
  if (first === undefined) return false
  let at = from.size - 1
  let last = to.size - 1
  while (at % 2 === 1) {
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  let old = first
  let present = first
  for (const beside of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      old = nodeHash(beside, old)
      present = nodeHash(beside, present)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else present = nodeHash(present, beside)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && same(old, from.root) && same(present, to.root)
}

function isPowerOfTwo(size: number): boolean {
  let odd = size
  while (odd % 2 === 0) odd /= 2
  return odd === 1
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
