// @ts-check
import { kinds, mustBeHashes, mustHave, shape } from './fields.js'
import { hex, mustGrow } from './hashing.js'
import { openCheckpoint } from './notes.js'
import { summaryOf } from './receipt.js'
import { must, mustBe } from './verdict.js'

const LINK_FIELDS = shape({ checkpoint: kinds.text, consistency_proof: kinds.list })

/** @typedef {import('./notes.js').Checkpoint} Checkpoint */

/** A series of checkpoints, one after the other; only the last one is remembered. */
export class Series {
  /** @param {readonly import('./notes.js').VerifierKey[]} keys */
  constructor(keys) {
    this.keys = keys
    /** Places in the file. */
    this.places = 0
    /** One that stands twice counts once, and proves no growth. */
    this.count = 0
    this.growths_proven = 0
    /** @type {Checkpoint | undefined} */
    this.first = undefined
    /** @type {Checkpoint | undefined} */
    this.last = undefined
  }

  /**
   * The next one as a bare note: nothing proves that its tree grew from the one before.
   * @param {string} note
   */
  addNote(note) {
    const what = `checkpoint ${this.places + 1}`
    const checkpoint = openCheckpoint(note, this.keys, what)
    if (this.last !== undefined) mustFollow(this.last, checkpoint, what)
    this.#keep(checkpoint)
  }

  /**
   * The next one with its proof of growth.
   * @param {unknown} value
   */
  addLink(value) {
    const what = `checkpoint ${this.places + 1}`
    const link = mustHave(value, LINK_FIELDS, '')
    const proof = mustBeHashes(link.consistency_proof, 'consistency_proof')
    const checkpoint = openCheckpoint(/** @type {string} */ (link.checkpoint), this.keys, what)
    if (this.last === undefined) {
      must(proof.length === 0, `${what}: consistency_proof`, 'none, as it is the first', `${proof.length} hashes`)
    } else {
      mustFollow(this.last, checkpoint, what)
      mustGrow(this.last, checkpoint, proof, `${what}: consistency_proof`)
      if (!isSame(this.last, checkpoint)) this.growths_proven += 1
    }
    this.#keep(checkpoint)
  }

  /** @param {Checkpoint} checkpoint */
  #keep(checkpoint) {
    this.places += 1
    if (this.last === undefined || !isSame(this.last, checkpoint)) this.count += 1
    this.first ??= checkpoint
    this.last = checkpoint
  }

  summary() {
    must(this.first !== undefined && this.last !== undefined, 'the series', 'a checkpoint', 'none')
    const isProven = this.growths_proven === this.count - 1
    return {
      checkpoints: this.count,
      growths_proven: this.growths_proven,
      first: summaryOf(this.first),
      last: summaryOf(this.last),
      warnings: isProven ? [] : ['notes alone carry no consistency proofs: that the tree only grew is not proven'],
    }
  }
}

/**
 * One follows the other, so of one seal they say the same.
 * @param {Checkpoint} before
 * @param {Checkpoint} after
 */
function isSame(before, after) {
  return before.seal_no === after.seal_no
}

/**
 * Nothing goes back from one checkpoint to the next, and what stays the same is the same.
 * @param {Checkpoint} before
 * @param {Checkpoint} after
 * @param {string} what
 */
function mustFollow(before, after, what) {
  mustBe(`${what}: origin`, before.origin, after.origin)
  must(after.size >= before.size, `${what}: tree size`, `${before.size} or more`, after.size)
  must(after.seal_no >= before.seal_no, `${what}: seal number`, `${before.seal_no} or more`, after.seal_no)
  must(after.sealed_at >= before.sealed_at, `${what}: time`, `${before.sealed_at} or later`, after.sealed_at)
  // Not the business date: the last entries of a day may be sealed after the first ones of the next.
  if (after.size === before.size) mustBe(`${what}: root of an unchanged tree`, hex(before.root), hex(after.root))
  if (after.seal_no !== before.seal_no) return
  mustBe(`${what}: hash of the same seal`, before.seal_hash, after.seal_hash)
  mustBe(`${what}: tree size of the same seal`, before.size, after.size)
}
