import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isConsistent, isIncluded } from './check-proofs.ts'
import { EMPTY_ROOT, HASH_BYTES, leafHash, leafHashes, nodeHash } from './hashing.ts'
import { consistencyProof, consistencyProofs, frontierAt, inclusionProof, inclusionProofs, rootAt } from './proofs.ts'
import type { TreeSource } from './tiles.ts'
import { appendLeaves, EMPTY_TREE, foldRoots, restoreTree, rootOf, type Tile, type Tree } from './tree.ts'

/** RFC 6962 §2.1 as it is written, one recursion for each definition; roots are remembered by their range. */
function naive(leaves: readonly Buffer[]) {
  const roots = new Map<number, Buffer>()
  const split = (count: number) => 2 ** Math.ceil(Math.log2(count) - 1)
  function root(from: number, to: number): Buffer {
    if (from === to) return EMPTY_ROOT
    if (to - from === 1) return leaves[from]!
    const key = from * 65_536 + to
    const middle = from + split(to - from)
    const made = roots.get(key) ?? nodeHash(root(from, middle), root(middle, to))
    roots.set(key, made)
    return made
  }
  function path(leaf: number, from: number, to: number): Buffer[] {
    if (to - from === 1) return []
    const middle = from + split(to - from)
    return leaf < middle
      ? [...path(leaf, from, middle), root(middle, to)]
      : [...path(leaf, middle, to), root(from, middle)]
  }
  function subproof(size: number, from: number, to: number, isWhole: boolean): Buffer[] {
    if (size === to) return isWhole ? [] : [root(from, to)]
    const middle = from + split(to - from)
    return size <= middle
      ? [...subproof(size, from, middle, isWhole), root(middle, to)]
      : [...subproof(size, middle, to, false), root(from, middle)]
  }
  return {
    root: (size: number) => root(0, size),
    path: (leaf: number, size: number) => path(leaf, 0, size),
    consistency: (from: number, to: number) => (from === 0 ? [] : subproof(from, 0, to, true)),
  }
}

/** What a database would keep: tiles are inserted once, the tree's row is replaced. */
function openStore() {
  const tiles = new Map<string, Buffer>()
  const read: string[] = []
  let tree: Tree = EMPTY_TREE
  return {
    read,
    tiles,
    tree: () => tree,
    append(hashes: Buffer) {
      const grown = appendLeaves(restoreTree({ size: tree.size, tail: tree.tail }), hashes)
      for (const tile of grown.tiles) insert(tile)
      tree = grown.tree
    },
    source: (): TreeSource => ({
      size: tree.size,
      tail: tree.tail,
      async readTile(level, index) {
        read.push(`${level}/${index}`)
        return tiles.get(`${level}/${index}`)
      },
    }),
  }
  function insert({ level, index, hashes }: Tile): void {
    assert.ok(!tiles.has(`${level}/${index}`))
    assert.equal(hashes.length, 8192)
    tiles.set(`${level}/${index}`, Buffer.from(hashes))
  }
}

const LEAVES = Array.from({ length: 600 }, (_, i) => leafHash(`leaf ${i}`))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

function storeOf(leaves: readonly Buffer[]) {
  const store = openStore()
  store.append(Buffer.concat(leaves))
  return store
}

// The reference tree of Certificate Transparency (google/certificate-transparency, merkle_tree_test.cc).
const REFERENCE = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const REFERENCE_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
/** Nodes of that tree: of leaves 1, 4 and 6, and over 0–1, 2–3, 6–7, 0–3 and 4–7. */
const NODE = {
  1: '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  4: 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  '01': 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  '23': '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '45': '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  '67': 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  '03': 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '47': '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
}

test('the reference tree of Certificate Transparency has its published roots and proofs', async () => {
  const texts = REFERENCE.map((hex) => Buffer.from(hex, 'hex').toString())
  const source = storeOf(texts.map(leafHash)).source()
  const hex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'))
  assert.deepEqual(leafHashes(texts), Buffer.concat(texts.map(leafHash)))
  for (const [size, root] of REFERENCE_ROOTS.entries()) {
    assert.equal((await rootAt(source, size)).toString('hex'), root)
    assert.equal(naive(texts.map(leafHash)).root(size).toString('hex'), root)
  }
  assert.deepEqual(hex(await inclusionProof(source, 0, 8)), [NODE[1], NODE['23'], NODE['47']])
  assert.deepEqual(hex(await inclusionProof(source, 5, 8)), [NODE[4], NODE['67'], NODE['03']])
  assert.deepEqual(hex(await inclusionProof(source, 2, 3)), [NODE['01']])
  assert.deepEqual(hex(await inclusionProof(source, 1, 5)), [REFERENCE_ROOTS[1], NODE['23'], NODE[4]])
  assert.deepEqual(hex(await inclusionProof(source, 0, 1)), [])
  assert.deepEqual(hex(await consistencyProof(source, 1, 1)), [])
  assert.deepEqual(hex(await consistencyProof(source, 1, 8)), [NODE[1], NODE['23'], NODE['47']])
  assert.deepEqual(hex(await consistencyProof(source, 6, 8)), [NODE['45'], NODE['67'], NODE['03']])
  assert.deepEqual(hex(await consistencyProof(source, 2, 5)), [NODE['23'], NODE[4]])
})

test('every size up to 600 has the root of RFC 6962, appended one by one and in one piece, and so has every earlier size', async () => {
  const expected = naive(LEAVES)
  const store = openStore()
  for (const [size, leaf] of LEAVES.entries()) {
    assert.deepEqual(rootOf(store.tree()), expected.root(size))
    store.append(leaf)
  }
  assert.deepEqual(store.tree(), storeOf(LEAVES).tree())
  for (const size of range(0, 601)) {
    assert.deepEqual(await rootAt(store.source(), size), expected.root(size))
    assert.deepEqual(foldRoots(await frontierAt(store.source(), size)), expected.root(size))
    assert.deepEqual(rootOf(storeOf(LEAVES.slice(0, size)).tree()), expected.root(size))
  }
})

test('every leaf of every size up to 600 has the inclusion proof of RFC 6962', async () => {
  const expected = naive(LEAVES)
  const source = storeOf(LEAVES).source()
  for (const size of range(1, 601)) {
    const proofs = await inclusionProofs(source, range(0, size), size)
    const root = expected.root(size)
    for (const [leaf_index, proof] of proofs.entries()) {
      const wanted = expected.path(leaf_index, size)
      assert.ok(Buffer.concat(proof).equals(Buffer.concat(wanted)), `${leaf_index} in ${size}`)
      if (size > 130 && leaf_index % 37 !== 0 && leaf_index < size - 2) continue
      assert.ok(
        isIncluded({ leaf_hash: LEAVES[leaf_index]!, leaf_index, size, proof, root }),
        `${leaf_index} in ${size}`,
      )
    }
  }
})

test('every two sizes up to 600 have the consistency proof of RFC 6962', async () => {
  const expected = naive(LEAVES)
  const source = storeOf(LEAVES).source()
  for (const size of range(0, 601)) {
    const pairs = range(0, size + 1).map((from) => ({ from, to: size }))
    const proofs = await consistencyProofs(source, pairs)
    const to = { size, root: expected.root(size) }
    for (const [earlier, proof] of proofs.entries()) {
      const wanted = expected.consistency(earlier, size)
      assert.ok(Buffer.concat(proof).equals(Buffer.concat(wanted)), `${earlier} to ${size}`)
      if (size > 130 && earlier % 37 !== 0 && earlier < size - 2) continue
      const from = { size: earlier, root: expected.root(earlier) }
      assert.ok(isConsistent({ from, to, proof }), `${earlier} to ${size}`)
    }
  }
})

test('batches of any length make the same tree and the same tiles', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(700), { maxLength: 8 }), (lengths) => {
      const count = lengths.reduce((sum, length) => sum + length, 0)
      const leaves = leafHashes(range(0, count).map((i) => `leaf ${i}`))
      const whole = openStore()
      whole.append(leaves)
      const pieces = openStore()
      let at = 0
      for (const length of lengths) {
        pieces.append(leaves.subarray(at, at + length * HASH_BYTES))
        at += length * HASH_BYTES
      }
      assert.deepEqual(pieces.tree(), whole.tree())
      assert.deepEqual(pieces.tiles, whole.tiles)
      assert.deepEqual(restoreTree(whole.tree()), whole.tree())
    }),
    { numRuns: 30 },
  )
})

test('a tree with tiles of three levels has right proofs, each from two tiles a level at most', async () => {
  const size = 256 * 256 + 256 * 3 + 77
  const leaves = leafHashes(range(0, size).map(String))
  const store = openStore()
  store.append(leaves)
  assert.equal(store.tree().tail.length, 3)
  const source = store.source()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: size }), fc.nat(), async (present, draw) => {
      const leaf_index = draw % present
      const leaf_hash = leaves.subarray(leaf_index * HASH_BYTES, (leaf_index + 1) * HASH_BYTES)
      const root = await rootAt(source, present)
      store.read.length = 0
      const proof = await inclusionProof(source, leaf_index, present)
      assert.ok(store.read.length <= 6, store.read.join())
      assert.ok(isIncluded({ leaf_hash, leaf_index, size: present, proof, root }))
      const from = { size: leaf_index, root: await rootAt(source, leaf_index) }
      store.read.length = 0
      const growth = await consistencyProof(source, leaf_index, present)
      assert.ok(store.read.length <= 6, store.read.join())
      assert.ok(isConsistent({ from, to: { size: present, root }, proof: growth }))
    }),
    { numRuns: 40 },
  )
})

test('a bit changed anywhere, a hash more or less, another place or size: no inclusion', async () => {
  const expected = naive(LEAVES)
  const source = storeOf(LEAVES).source()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 600 }), fc.nat(), fc.nat(), async (size, draw, bit) => {
      const leaf_index = draw % size
      const proof = await inclusionProof(source, leaf_index, size)
      const root = Buffer.from(expected.root(size))
      const claim = { leaf_hash: LEAVES[leaf_index]!, leaf_index, size, proof, root }
      assert.ok(isIncluded(claim))
      for (const hash of [claim.leaf_hash, claim.root, ...proof]) {
        hash[bit % 32]! ^= 1 << (bit % 8)
        assert.ok(!isIncluded(claim))
        hash[bit % 32]! ^= 1 << (bit % 8)
      }
      assert.ok(!isIncluded({ ...claim, proof: proof.slice(1) }) || size === 1)
      assert.ok(!isIncluded({ ...claim, proof: [...proof, claim.root] }))
      assert.ok(!isIncluded({ ...claim, leaf_index: (leaf_index + 1) % size }) || size === 1)
      for (const wrong of [-1, size, 0.5, Number.NaN]) assert.ok(!isIncluded({ ...claim, leaf_index: wrong }))
      assert.ok(isIncluded(claim))
    }),
  )
})

test('a bit changed anywhere, a hash more or less, sizes the wrong way round: no consistency', async () => {
  const expected = naive(LEAVES)
  const source = storeOf(LEAVES).source()
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 600 }), fc.nat(), fc.nat(), async (size, draw, bit) => {
      const earlier = 1 + (draw % (size - 1))
      const proof = await consistencyProof(source, earlier, size)
      const claim = {
        from: { size: earlier, root: Buffer.from(expected.root(earlier)) },
        to: { size, root: Buffer.from(expected.root(size)) },
        proof,
      }
      assert.ok(isConsistent(claim))
      for (const hash of [claim.from.root, claim.to.root, ...proof]) {
        hash[bit % 32]! ^= 1 << (bit % 8)
        assert.ok(!isConsistent(claim))
        hash[bit % 32]! ^= 1 << (bit % 8)
      }
      assert.ok(!isConsistent({ ...claim, proof: proof.slice(1) }))
      assert.ok(!isConsistent({ ...claim, proof: [...proof, claim.to.root] }))
      assert.ok(!isConsistent({ ...claim, from: claim.to, to: claim.from }))
      assert.ok(!isConsistent({ ...claim, from: { size, root: claim.from.root }, proof: [] }))
      assert.ok(isConsistent(claim))
    }),
  )
  const root = expected.root(1)
  assert.ok(isConsistent({ from: { size: 0, root: EMPTY_ROOT }, to: { size: 1, root }, proof: [] }))
  assert.ok(!isConsistent({ from: { size: 0, root }, to: { size: 1, root }, proof: [] }))
})

test('a tree grows from its stored part only: a wrong tail, a lost or a short tile is noticed', async () => {
  const store = storeOf(LEAVES)
  const { size, tail } = store.tree()
  assert.throws(() => restoreTree({ size: size + 1, tail }), RangeError)
  assert.throws(() => restoreTree({ size, tail: tail.slice(1) }), RangeError)
  assert.throws(() => restoreTree({ size: -1, tail: [] }), RangeError)
  assert.throws(() => appendLeaves(EMPTY_TREE, Buffer.alloc(33)), RangeError)
  for (const lost of [undefined, Buffer.alloc(8191)]) {
    const source = { size, tail, readTile: async () => lost }
    await assert.rejects(inclusionProof(source, 0), /tile 0\/0/)
  }
})

test('what the tree never had is refused', async () => {
  const source = storeOf(LEAVES).source()
  for (const index of [-1, 600, 0.5, Number.NaN]) await assert.rejects(inclusionProof(source, index), RangeError)
  for (const size of [-1, 601, 0.5]) await assert.rejects(rootAt(source, size), RangeError)
  await assert.rejects(inclusionProof(source, 0, 0), RangeError)
  await assert.rejects(consistencyProof(source, 3, 2), RangeError)
  await assert.rejects(consistencyProof(source, 3, 601), RangeError)
})
